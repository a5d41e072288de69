/**
 * Shared listener set: main's listener set, and helpers that serve beside it.
 *
 *   table, settings, words of people ──▶ main's set: whole, and the authority
 *                                          └─ which frontends are shared ──▶ helpers: a socket each at the same address
 *   API, metrics, log ◀── one book ◀── main's flows, and what helpers tell of theirs
 */

import type { Socket } from 'node:net';
import type { ServiceOverride } from '../../config/config.ts';
import type { Ejection } from '../../model/ejection.ts';
import type { Flow } from '../../model/flow.ts';
import type { Adoption, FrontTarget } from '../../model/front.ts';
import type { RoutingTable, ServicePort, TableDiff } from '../../model/route.ts';
import type { SoftState } from '../../model/soft-state.ts';
import { channels, type ListenerMessage, type TypedChannel } from '../../observability/channels.ts';
import { createListenerSet } from '../create-listener-set.ts';
import type { CarryReply } from '../listener.ts';
import type {
  ListenerSet,
  ListenerSetCounts,
  ListenerSetOptions,
  ListenerStatus,
  WorkerListenerSet,
} from '../listener-set.ts';
import type { ProxySettings } from '../proxy-context.ts';
import { Helpers } from './helpers.ts';
import { createLoadMemory, SharedLoad } from './shared-load.ts';
import { SharedRoutes } from './shared-routes.ts';

/** Sockets of one busy address over all workers, as many as one worker alone would have. */
const SOCKETS_IN_ALL = 8;
/** Frontends that are considered between two turns of the event loop. */
const CONSIDERED_AT_ONCE = 256;
/** A helper that closes nothing for so long does not keep main from trying to bind. */
const MAX_VACATE_MS = 1_000;

export interface SharedListenerSetOptions extends ListenerSetOptions {
  /** Event loops in all; 1 = no thread is started. */
  readonly workers: number;
  /** The program of a helper's thread. */
  readonly thread: URL;
}

/** Makes a listener set that is served by so many workers. With one it is an ordinary listener set. */
export function createSharedListenerSet(options: SharedListenerSetOptions): ListenerSet {
  return options.workers > 1 ? new SharedListenerSet(options) : createListenerSet(options);
}

class SharedListenerSet implements ListenerSet {
  readonly #options: SharedListenerSetOptions;
  readonly #main: WorkerListenerSet;
  readonly #load: SharedLoad;
  readonly #shared: SharedRoutes;
  readonly #helpers: Helpers;
  readonly #unfollow: readonly (() => void)[];
  #ended: Promise<void> | undefined;

  constructor(options: SharedListenerSetOptions) {
    const { workers, clock, interventions } = options;
    const memory = createLoadMemory(workers);
    const extraSockets = Math.ceil(SOCKETS_IN_ALL / workers) - 1;
    this.#options = options;
    this.#load = new SharedLoad(memory, 0);
    this.#main = createListenerSet({
      ...options,
      companions: {
        idPrefix: '',
        isHelper: false,
        load: this.#load,
        extraSockets,
        crowded: (key) => this.#helpers.crowded(key),
        vacated: () => this.#helpers.vacated(clock, MAX_VACATE_MS),
      },
    });
    this.#shared = new SharedRoutes(options, this.#main);
    this.#helpers = new Helpers({ ...options, main: this.#main, load: this.#load, memory, extraSockets }, this.#shared);
    const listenerChanged = ({ frontend }: ListenerMessage): void => this.#consider([frontend.key]);
    this.#unfollow = [
      follow(channels.listenerBound, listenerChanged),
      follow(channels.listenerClosed, listenerChanged),
      follow(channels.listenerFailed, listenerChanged),
      ...[interventions?.overrides, interventions?.faults].flatMap(
        (book) =>
          book?.onChange(({ namespace, service }) => {
            this.#considerPorts((port) => port.service === service && port.namespace === namespace);
          }) ?? [],
      ),
    ];
  }

  get generation(): number {
    return this.#main.generation;
  }

  get failedCount(): number {
    return this.#main.failedCount;
  }

  get reads(): 'fast' | 'plain' {
    return this.#main.reads;
  }

  get counts(): ListenerSetCounts {
    const { counts } = this.#main;
    return {
      ...counts,
      tcpFlows: counts.tcpFlows + this.#load.tcpOfOthers,
      udpFlows: counts.udpFlows + this.#load.udpOfOthers,
      workers: { serving: 1 + this.#helpers.serving, down: this.#options.workers - 1 - this.#helpers.serving },
    };
  }

  async apply(diff: TableDiff, table: RoutingTable): Promise<void> {
    const applied = this.#main.apply(diff, table);
    if (this.#ended !== undefined) return applied;
    const keys = this.#shared.follow(diff);
    this.#helpers.start(table.node);
    // What ends, or goes elsewhere, does so at once; what begins has to have its socket first.
    await this.#considerAll(keys);
    await applied;
    this.#load.publishSockets(this.#main.counts.listening);
    await this.#considerAll(keys);
  }

  *statuses(): Iterable<ListenerStatus> {
    for (const status of this.#main.statuses()) yield this.#withHelpers(status);
  }

  status(frontendKey: string): ListenerStatus | undefined {
    const status = this.#main.status(frontendKey);
    return status && this.#withHelpers(status);
  }

  async flows(): Promise<Iterable<Flow>> {
    await this.#helpers.look();
    const flows = [...this.#main.flows(), ...this.#helpers.flows()];
    const tcp = flows.filter(({ protocol }) => protocol === 'TCP').sort((a, b) => a.openedAtMs - b.openedAtMs);
    return [...tcp, ...flows.filter(({ protocol }) => protocol === 'UDP')];
  }

  adopt(target: FrontTarget, client: Socket, adoption: Adoption): Flow | undefined {
    return this.#main.adopt(target, client, adoption);
  }

  async endFlow(id: string): Promise<boolean> {
    return this.#main.endFlow(id) || (await this.#helpers.endFlow(id));
  }

  async updateSettings(settings: ProxySettings, services: readonly ServiceOverride[] = []): Promise<void> {
    const updated = this.#main.updateSettings(settings, services);
    this.#shared.configure(settings, services);
    this.#helpers.configure(settings, services);
    await this.#considerAll(this.#shared.all());
    await updated;
  }

  ejections(): Iterable<Ejection> {
    return this.#main.ejections();
  }

  quarantined(): Iterable<readonly [string, ReadonlySet<string>]> {
    return this.#main.quarantined();
  }

  /** Helpers know of no quarantine: when it resolves they have closed what is concerned. */
  async drainEndpoint(servicePortKey: string, endpointKey: string): Promise<boolean> {
    const drained = await this.#main.drainEndpoint(servicePortKey, endpointKey);
    if (drained) await this.#reconsider(servicePortKey);
    return drained;
  }

  async restoreEndpoint(servicePortKey: string, endpointKey: string): Promise<boolean> {
    const restored = await this.#main.restoreEndpoint(servicePortKey, endpointKey);
    if (restored) await this.#reconsider(servicePortKey);
    return restored;
  }

  close(options: Parameters<ListenerSet['close']>[0] = {}): Promise<void> {
    const graceMs = options.graceMs ?? 0;
    const ended = [this.#main.close(options), this.#helpers.end({ type: 'close', graceMs })];
    this.#ended ??= this.#end(ended);
    return this.#ended;
  }

  get heldClients(): number {
    return this.#main.heldClients;
  }

  softState(): SoftState {
    const state = this.#main.softState();
    return { ...state, udpFlows: [...state.udpFlows, ...this.#helpers.udpRows()] };
  }

  inherit(state: SoftState): void {
    this.#main.inherit(state);
    this.#helpers.expect(state.udpFlows);
  }

  handOver(options: { readonly graceMs: number; readonly carry: CarryReply }): Promise<void> {
    const { graceMs } = options;
    this.#ended ??= this.#end([this.#main.handOver(options), this.#helpers.end({ type: 'hand-over', graceMs })]);
    return this.#ended;
  }

  reply(frontendKey: string, datagram: Buffer, port: number, address: string): void {
    this.#main.reply(frontendKey, datagram, port, address);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #end(ended: readonly Promise<void>[]): Promise<void> {
    for (const end of this.#unfollow) end();
    await Promise.all(ended);
  }

  #withHelpers(status: ListenerStatus): ListenerStatus {
    return { ...status, connections: status.connections + this.#helpers.connections(status.frontendKey) };
  }

  #consider(keys: readonly string[]): void {
    this.#helpers.tell(keys.filter((key) => this.#shared.consider(key)));
  }

  async #considerAll(keys: readonly string[]): Promise<void> {
    for (let at = 0; at < keys.length; at += CONSIDERED_AT_ONCE) {
      if (at > 0) await new Promise((resolve) => setImmediate(resolve));
      this.#consider(keys.slice(at, at + CONSIDERED_AT_ONCE));
    }
  }

  #considerPorts(isMeant: (servicePort: ServicePort) => boolean): void {
    this.#consider(this.#shared.frontendsOf(isMeant));
  }

  async #reconsider(servicePortKey: string): Promise<void> {
    this.#considerPorts(({ key }) => key === servicePortKey);
    await this.#helpers.vacated(this.#options.clock, MAX_VACATE_MS);
  }
}

function follow<T>(channel: TypedChannel<T>, listener: (message: T) => void): () => void {
  channel.subscribe(listener);
  return () => channel.unsubscribe(listener);
}
