/**
 * Shared listener set: main's listener set, and helpers that serve beside it.
 *
 *   table, settings, words of people ──▶ main's set: whole, and the authority
 *                                          └─ which frontends are shared ──▶ helpers: a socket each at the same address
 *   API, metrics, log ◀── one book ◀── main's flows, and what helpers tell of theirs
 */

import type { Socket } from 'node:net';
import type { ServiceOverride } from '../../config/config.ts';
import { SocketExchange } from '../../lib/socket-exchange.ts';
import type { Ejection } from '../../model/ejection.ts';
import type { Flow } from '../../model/flow.ts';
import type { Adoption, FrontTarget } from '../../model/front.ts';
import type { RoutingTable, TableDiff } from '../../model/route.ts';
import type { SoftState } from '../../model/soft-state.ts';
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
import { InheritedSockets } from './inherited-sockets.ts';
import { Lender } from './lender.ts';
import { createLoadMemory, SharedLoad } from './shared-load.ts';
import { SharedRoutes } from './shared-routes.ts';
import { Sharing } from './sharing.ts';

/** Sockets of one busy address over all workers, as many as one worker alone would have. */
const SOCKETS_IN_ALL = 8;
/** A helper that closes nothing for so long does not keep main from trying to bind. */
const MAX_VACATE_MS = 1_000;
/** Helpers that are not up for so long do not keep a hand-over from going on. */
const MAX_START_MS = 5_000;

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
  readonly #sharing: Sharing;
  readonly #sockets: SocketExchange;
  readonly #lender: Lender;
  readonly #inherited: InheritedSockets;
  #ended: Promise<void> | undefined;

  constructor(options: SharedListenerSetOptions) {
    const { workers, clock, interventions, sockets = new SocketExchange() } = options;
    const memory = createLoadMemory(workers);
    const extraSockets = Math.ceil(SOCKETS_IN_ALL / workers) - 1;
    this.#options = options;
    this.#sockets = sockets;
    this.#lender = new Lender(sockets);
    this.#inherited = new InheritedSockets(sockets);
    this.#load = new SharedLoad(memory, 0);
    this.#main = createListenerSet({
      ...options,
      sockets,
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
    const others = { main: this.#main, load: this.#load, memory, extraSockets, inherited: this.#inherited };
    this.#helpers = new Helpers({ ...options, ...others }, this.#shared);
    this.#sharing = new Sharing({
      shared: this.#shared,
      helpers: this.#helpers,
      main: this.#main,
      sockets,
      inherited: this.#inherited,
      interventions,
      helperCount: workers - 1,
    });
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
    await this.#sharing.considerAll(keys);
    await applied;
    this.#load.publishSockets(this.#main.counts.listening);
    await this.#sharing.considerAll(keys);
    // The predecessor's helpers close their sockets when we are said to serve: ours are to accept by then.
    if (this.#sockets.inherits) await this.#helpers.up(MAX_START_MS);
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
    await this.#sharing.considerAll(this.#shared.all());
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
    this.#inherited.close();
    const ended = [this.#main.close(options), this.#helpers.close(graceMs)];
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

  inherit(state: SoftState, lent: readonly string[] = []): void {
    this.#main.inherit(state);
    this.#helpers.expect(state.udpFlows);
    this.#inherited.expect(lent);
  }

  async lend(): Promise<readonly string[]> {
    return this.#lender.lend(await this.#helpers.lend());
  }

  handOver(options: { readonly graceMs: number; readonly carry: CarryReply }): Promise<void> {
    const taken = this.#lender.taken.bind(this.#lender);
    this.#ended ??= this.#end([this.#main.handOver(options), this.#helpers.handOver(options.graceMs, taken)]);
    return this.#ended;
  }

  reply(frontendKey: string, datagram: Buffer, port: number, address: string): void {
    this.#main.reply(frontendKey, datagram, port, address);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #end(ended: readonly Promise<void>[]): Promise<void> {
    this.#sharing.close();
    await Promise.all(ended);
  }

  #withHelpers(status: ListenerStatus): ListenerStatus {
    return { ...status, connections: status.connections + this.#helpers.connections(status.frontendKey) };
  }

  async #reconsider(servicePortKey: string): Promise<void> {
    this.#sharing.considerPorts(({ key }) => key === servicePortKey);
    await this.#helpers.vacated(this.#options.clock, MAX_VACATE_MS);
  }
}
