/**
 * Listener set: the data plane's side of the routing table. It has one listener for each frontend, and follows diffs.
 *
 *   apply(diff) ── at once ──▶ entries added, retargeted, taken out: new flows follow the new table from here on
 *        └────── in turn ───▶ settle: prepare capture ▶ open sockets ▶ commit capture ▶ close what is gone
 *
 * Settling looks at what is wanted when its turn comes, so that diffs may follow one another faster than sockets open.
 * What a diff does not name is not touched. What fails is reported, marked, and retried by itself.
 */

import type { Picker } from '../balancing/picker.ts';
import type { Clock } from '../lib/clock.ts';
import type { Capture } from '../model/capture.ts';
import type { Flow } from '../model/flow.ts';
import type { Route, RoutingTable, TableDiff } from '../model/route.ts';
import type { Transport } from '../model/transport.ts';
import type { ClientClass } from '../routing/client-class.ts';
import { AcceptGate } from './accept-gate.ts';
import { FlowRegistry } from './flow-registry.ts';
import { FrontendEntry, isServed, type ListenerState } from './frontend-entry.ts';
import { IdleSweeper } from './idle-sweeper.ts';
import { ListenerSettler } from './listener-settler.ts';
import type { ProxyContext, ProxySettings } from './proxy-context.ts';
import { ReadBuffers } from './read-buffers.ts';
import { fastSocketsWork } from './tcp-fast-socket.ts';

/** What a listener set is made of. It owns none of these. */
export interface ListenerSetOptions {
  readonly capture: Capture;
  readonly transport: Transport;
  readonly picker: Picker;
  readonly classify: (address: string) => ClientClass;
  readonly clock: Clock;
  readonly settings: ProxySettings;
  /** How sockets are read: `auto` = fast where this Node can, which a self-test finds out; `plain` = public API only. */
  readonly reads?: 'auto' | 'plain';
  /** The process's limit of file descriptors; by default what the system says. */
  readonly descriptorLimit?: number;
}

/** One listener as others see it. `boundAddress` "" and `boundPort` 0 = there is no socket. */
export interface ListenerStatus {
  readonly frontendKey: string;
  readonly state: ListenerState;
  readonly boundAddress: string;
  readonly boundPort: number;
  readonly connections: number;
  readonly error?: Error;
}

/** How many there are now. `frontends` = listening + idle + failed. */
export interface ListenerSetCounts {
  readonly frontends: number;
  readonly listening: number;
  readonly idle: number;
  readonly failed: number;
  readonly tcpFlows: number;
  readonly udpFlows: number;
}

/** The set. `close` is its end; whatever is called later does nothing. */
export interface ListenerSet extends AsyncDisposable {
  /**
   * Follows the table. Routing is in force when it returns, sockets when it resolves: those that could be opened are
   * open then, and the others are `failed`. Never rejects for what the system refuses.
   */
  apply(diff: TableDiff, table: RoutingTable): Promise<void>;
  /** The generation of the table that was applied last; 0 = none yet. */
  readonly generation: number;
  readonly failedCount: number;
  readonly counts: ListenerSetCounts;
  /** How sockets are read; `plain` until the first table. */
  readonly reads: 'fast' | 'plain';
  statuses(): Iterable<ListenerStatus>;
  /** The listener of one frontend; `undefined` = the set has none. */
  status(frontendKey: string): ListenerStatus | undefined;
  /** The flows that live, TCP then UDP, each in the order of its last sign of life or its opening. */
  flows(): Iterable<Flow>;
  /** For flows that begin from now on. */
  updateSettings(settings: ProxySettings): void;
  /**
   * Stops accepting, waits up to `graceMs` (default 0) for the TCP flows to finish, then ends what lives: `drained`, or
   * `destroyed` without grace. UDP flows go on meanwhile, and are not waited for. A later call with `graceMs` 0 cuts the
   * wait short; every call gets the same promise. What capture put into the kernel is left to its owner.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

/** Makes a listener set without frontends. Nothing is opened before the first `apply`. */
export function createListenerSet(options: ListenerSetOptions): ListenerSet {
  return new FrontendListeners(options);
}

class FrontendListeners implements ListenerSet {
  generation = 0;
  readonly #entries = new Map<string, FrontendEntry>();
  readonly #context: ProxyContext;
  readonly #settler: ListenerSettler;
  readonly #sweeper: IdleSweeper;
  readonly #wantsFast: boolean;
  readonly #cutShort = Promise.withResolvers<void>();
  #ready: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: ListenerSetOptions) {
    const { capture, transport, picker, classify, clock, settings, reads = 'auto', descriptorLimit } = options;
    const flows = new FlowRegistry();
    const used = (): number => flows.tcp.size * 2 + flows.udp.size + this.#settler.counts.listening;
    const gate = new AcceptGate(clock, used, descriptorLimit);
    this.#context = { clock, picker, transport, classify, flows, gate, settings, buffers: undefined };
    this.#settler = new ListenerSettler(clock, capture);
    this.#sweeper = new IdleSweeper(this.#context);
    this.#wantsFast = reads === 'auto';
  }

  get failedCount(): number {
    return this.#settler.counts.failed;
  }

  get reads(): 'fast' | 'plain' {
    return this.#context.buffers === undefined ? 'plain' : 'fast';
  }

  get counts(): ListenerSetCounts {
    const { listening, failed } = this.#settler.counts;
    const frontends = this.#entries.size;
    const { tcp, udp } = this.#context.flows;
    return {
      frontends,
      listening,
      idle: frontends - listening - failed,
      failed,
      tcpFlows: tcp.size,
      udpFlows: udp.size,
    };
  }

  async apply(diff: TableDiff, table: RoutingTable): Promise<void> {
    if (this.#closing !== undefined) return;
    this.generation = table.generation;
    const removed: FrontendEntry[] = [];
    const touched: FrontendEntry[] = [];
    for (const route of diff.removed) this.#take(route, removed);
    for (const { before, after } of diff.changed) this.#change(before, after, touched, removed);
    for (const route of diff.added) this.#add(route, touched);
    this.#ready ??= this.#prepareReads();
    await this.#ready;
    await this.#settler.settle(touched, removed);
  }

  *statuses(): Iterable<ListenerStatus> {
    for (const entry of this.#entries.values()) yield statusOf(entry);
  }

  status(frontendKey: string): ListenerStatus | undefined {
    const entry = this.#entries.get(frontendKey);
    return entry && statusOf(entry);
  }

  flows(): Iterable<Flow> {
    return this.#context.flows.all();
  }

  updateSettings(settings: ProxySettings): void {
    this.#context.settings = settings;
  }

  close({ graceMs = 0 }: { readonly graceMs?: number } = {}): Promise<void> {
    if (graceMs <= 0) this.#cutShort.resolve();
    this.#closing ??= this.#drain(graceMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #prepareReads(): Promise<void> {
    if (this.#wantsFast && (await fastSocketsWork())) this.#context.buffers = new ReadBuffers();
  }

  #add(route: Route, touched: FrontendEntry[]): void {
    if (!isServed(route.frontend)) return;
    const entry = new FrontendEntry(this.#context, route);
    this.#entries.set(route.frontend.key, entry);
    touched.push(entry);
  }

  #take(route: Route, removed: FrontendEntry[]): void {
    const entry = this.#entries.get(route.frontend.key);
    if (entry === undefined) return;
    this.#entries.delete(route.frontend.key);
    entry.isGone = true;
    removed.push(entry);
  }

  /** Retargets. Only what wants its socket opened or closed has to settle. */
  #change(before: Route, after: Route, touched: FrontendEntry[], removed: FrontendEntry[]): void {
    const entry = this.#entries.get(after.frontend.key);
    if (entry === undefined) {
      this.#add(after, touched);
    } else if ((before.frontend.kind === 'local') !== (after.frontend.kind === 'local')) {
      this.#take(before, removed);
      // The same address and port under other rules: the old socket must not be in the way.
      entry.listener.remove();
      this.#add(after, touched);
    } else {
      entry.listener.retarget(after);
      // One that failed and is still wanted is retried in its own time.
      if (after.listens ? entry.state === 'idle' : entry.state !== 'idle') touched.push(entry);
    }
  }

  async #drain(graceMs: number): Promise<void> {
    const { flows, clock, gate } = this.#context;
    await this.#settler.close();
    for (const { listener } of this.#entries.values()) listener.release();
    await flows.tcpEmpty(clock, graceMs, this.#cutShort.promise);
    flows.finishAll(graceMs > 0 ? 'drained' : 'destroyed');
    this.#sweeper.close();
    gate.close();
  }
}

function statusOf({ frontend, state, error, listener }: FrontendEntry): ListenerStatus {
  const { bound, connections } = listener;
  const where = { boundAddress: bound?.address ?? '', boundPort: bound?.port ?? 0 };
  return { frontendKey: frontend.key, state, ...where, connections, ...(error && { error }) };
}
