/**
 * Helpers: all of them, as the shared listener set asks and tells them.
 */

import type { ServiceOverride } from '../../config/config.ts';
import type { Clock } from '../../lib/clock.ts';
import { socketName } from '../../lib/socket-exchange.ts';
import type { Flow } from '../../model/flow.ts';
import type { NodeContext } from '../../model/route.ts';
import type { UdpFlowRow } from '../../model/soft-state.ts';
import { channels } from '../../observability/channels.ts';
import type { ListenerSetOptions, WorkerListenerSet } from '../listener-set.ts';
import type { ProxySettings } from '../proxy-context.ts';
import { atMost } from './at-most.ts';
import { exchangeUdp } from './exchange-udp.ts';
import { HelperLink } from './helper-link.ts';
import type { InheritedSockets } from './inherited-sockets.ts';
import { PortRecords } from './port-records.ts';
import type { SharedLoad } from './shared-load.ts';
import type { SharedRoutes } from './shared-routes.ts';
import type { ClientRanges, FromHelper, HelperData, LentSocket, ToHelper } from './worker-messages.ts';

/** A helper that does not answer for so long is not waited for: its figures are a second old at most. */
const MAX_LOOK_MS = 1_000;

export interface HelpersOptions
  extends Pick<ListenerSetOptions, 'clock' | 'settings' | 'services' | 'reads' | 'descriptorLimit'> {
  readonly workers: number;
  readonly thread: URL;
  readonly main: WorkerListenerSet;
  readonly load: SharedLoad;
  readonly memory: SharedArrayBuffer;
  readonly extraSockets: number;
  readonly inherited: InheritedSockets;
}

/** The helpers of one process. Threads start with the first table. */
export class Helpers {
  readonly #options: HelpersOptions;
  readonly #shared: SharedRoutes;
  readonly #records = new PortRecords();
  #links: readonly HelperLink[] = [];
  #settings: ProxySettings;
  #services: readonly ServiceOverride[];
  #ranges: ClientRanges = { nodeIPs: [], podCIDRs: [] };
  #expected: readonly UdpFlowRow[] = [];
  #births = 0;
  #isEnding = false;

  constructor(options: HelpersOptions, shared: SharedRoutes) {
    this.#options = options;
    this.#shared = shared;
    this.#settings = options.settings;
    this.#services = options.services ?? [];
  }

  /** How many take clients. */
  get serving(): number {
    return this.#links.filter(({ isServing }) => isServing).length;
  }

  /** Starts the threads, where that has not been done, and tells them of the node. */
  start({ nodeIPs, podCIDRs }: NodeContext): void {
    const { ranges: before } = { ranges: this.#ranges };
    this.#ranges = { nodeIPs, podCIDRs };
    if (this.#links.length > 0) {
      if (before.nodeIPs !== nodeIPs || before.podCIDRs !== podCIDRs)
        this.#post({ type: 'node', ranges: this.#ranges });
      return;
    }
    const others = Array.from({ length: this.#options.workers - 1 }, (_, index) => index + 1);
    this.#links = others.map((worker) => this.#link(worker));
  }

  configure(settings: ProxySettings, services: readonly ServiceOverride[]): void {
    this.#settings = settings;
    this.#services = services;
    this.#post({ type: 'settings', settings, services });
  }

  /** These frontends have changed. */
  tell(frontendKeys: readonly string[]): void {
    if (frontendKeys.length === 0) return;
    for (const link of this.#links) {
      for (const key of frontendKeys) link.mark(key);
      link.pump();
    }
  }

  /** Many clients come to a frontend, at whichever worker. */
  crowded(frontendKey: string): void {
    if (!this.#shared.widen(frontendKey)) return;
    this.#options.main.widen(frontendKey);
    for (const link of this.#links) if (link.knows(frontendKey)) link.post({ type: 'widen', frontend: frontendKey });
  }

  /** Which endpoints UDP clients of a predecessor have. */
  expect(rows: readonly UdpFlowRow[]): void {
    this.#expected = rows;
    this.#post({ type: 'expect', rows });
  }

  /** Resolves when they have closed what they were told to close, or after so long; `undefined` = so they have. */
  vacated(clock: Clock, mostMs: number): Promise<void> | undefined {
    const waits = this.#links.flatMap((link) => link.vacated() ?? []);
    return waits.length === 0 ? undefined : atMost(clock, mostMs, Promise.all(waits));
  }

  /** Resolves when each has taken clients once, or after so long. */
  async up(mostMs: number): Promise<void> {
    await atMost(this.#options.clock, mostMs, Promise.all(this.#links.map((link) => link.up)));
  }

  /** Has them tell what their flows have moved by now. */
  async look(): Promise<void> {
    const answers = this.#links.map((link) => link.ask((request) => ({ type: 'look', request })));
    await atMost(this.#options.clock, MAX_LOOK_MS, Promise.all(answers));
  }

  *flows(): Iterable<Flow> {
    for (const { flows } of this.#links) yield* flows.values();
  }

  /** `false` = no helper has a flow of this id. */
  async endFlow(flow: string): Promise<boolean> {
    const link = this.#links.find(({ flows }) => flows.has(flow));
    return link === undefined ? false : link.ask((request) => ({ type: 'end', request, flow }));
  }

  /** Flows of one frontend. */
  connections(frontendKey: string): number {
    let count = 0;
    for (const { flows } of this.#links) count += flows.connections(frontendKey);
    return count;
  }

  /** Their live UDP flows. */
  udpRows(): readonly UdpFlowRow[] {
    return this.#links.flatMap(({ flows }) => [...flows.udpRows()]);
  }

  /** Their listening sockets. One that does not answer lends none. */
  async lend(): Promise<readonly (readonly [worker: number, sockets: readonly LentSocket[]])[]> {
    const answers = this.#links.map(async (link) => {
      link.lent = [];
      await link.ask((request) => ({ type: 'lend', request }));
    });
    await atMost(this.#options.clock, MAX_LOOK_MS, Promise.all(answers));
    return this.#links.map((link) => [link.worker, link.lent]);
  }

  /** Resolves when every thread has ended. */
  async close(graceMs: number): Promise<void> {
    this.#isEnding = true;
    await Promise.all(this.#links.map((link) => link.end({ type: 'close', graceMs })));
  }

  /** A successor serves, and has those of a helper's sockets that `taken` names. Resolves when every thread has ended. */
  async handOver(
    graceMs: number,
    taken: (worker: number, sockets: readonly LentSocket[]) => readonly string[],
  ): Promise<void> {
    this.#isEnding = true;
    const ends = this.#links.map((link) =>
      link.end({ type: 'hand-over', graceMs, taken: taken(link.worker, link.lent) }),
    );
    await Promise.all(ends);
  }

  #post(message: ToHelper): void {
    for (const link of this.#links) link.post(message);
  }

  #link(worker: number): HelperLink {
    const { inherited } = this.#options;
    const link: HelperLink = new HelperLink({
      worker,
      thread: this.#options.thread,
      clock: this.#options.clock,
      shared: this.#shared,
      records: this.#records,
      generation: () => this.#options.main.generation,
      data: () => this.#data(worker),
      ready: () => this.#ready(link),
      hear: (message) => this.#hear(worker, message),
      joining: (frontendKeys) => exchangeUdp(this.#options.main, this.#links, frontendKeys),
      leaving: (frontendKeys) => this.#options.main.expectUdp([...link.flows.udpRows(frontendKeys)]),
      begunLate: (flow) => this.#options.main.expectUdp([flow]),
      socketsOf: ({ key, protocol }, binding) =>
        protocol === 'TCP' ? inherited.of(worker, socketName('TCP', binding, key)) : [],
      followed: () => inherited.adopted(worker),
      died: (frontendKeys) => {
        inherited.died(worker);
        this.#options.load.clear(worker);
        if (!this.#isEnding) exchangeUdp(this.#options.main, this.#links, frontendKeys);
      },
    });
    return link;
  }

  #data(worker: number): HelperData {
    const { memory, extraSockets, reads = 'auto', descriptorLimit } = this.#options;
    this.#births += 1;
    return {
      kind: 'svclane-helper',
      worker,
      idPrefix: `${this.#births}.`,
      load: memory,
      extraSockets,
      settings: this.#settings,
      services: this.#services,
      ranges: this.#ranges,
      reads,
      descriptorLimit,
    };
  }

  /** What it was made with may have changed while it started. */
  #ready(link: HelperLink): void {
    link.post({ type: 'settings', settings: this.#settings, services: this.#services });
    link.post({ type: 'node', ranges: this.#ranges });
    link.post({ type: 'expect', rows: this.#expected });
  }

  #hear(worker: number, message: FromHelper): void {
    if (message.type === 'crowded') this.crowded(message.frontend);
    else if (message.type === 'not-listening')
      channels.workerListenFailed.publish({ worker, message: message.message, retryInMs: message.retryInMs });
    else if (message.type === 'paused') channels.acceptPaused.publish({ paused: message.paused, errno: message.errno });
    else if (message.type === 'reply') {
      const { frontend, datagram, port, address } = message;
      this.#options.main.reply(frontend, Buffer.from(datagram), port, address);
    }
  }
}
