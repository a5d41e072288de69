/**
 * Listener set: the data plane's side of the routing table. It has one listener for each frontend, and follows diffs.
 *
 *   apply(diff) ── at once ──▶ entries added, retargeted, taken out: new flows follow the new table from here on
 *        └────── in turn ───▶ settle: prepare capture ▶ open sockets ▶ commit capture ▶ close what is gone
 *
 * Settling looks at what is wanted when its turn comes, so that diffs may follow one another faster than sockets open.
 * What a diff does not name is not touched. What fails is reported, marked, and retried by itself.
 */

import { Ejections } from '../balancing/ejection.ts';
import { Quarantine } from '../balancing/quarantine.ts';
import type { ServiceOverride } from '../config/config.ts';
import { serviceSettings } from '../config/service-settings.ts';
import type { Ejection } from '../model/ejection.ts';
import type { Flow } from '../model/flow.ts';
import type { Route, RoutingTable, TableDiff } from '../model/route.ts';
import { AcceptGate } from './accept-gate.ts';
import { EJECTION_EVENTS } from './ejection-events.ts';
import { FlowRegistry } from './flow-registry.ts';
import { FrontendEntry, isServed } from './frontend-entry.ts';
import { IdleSweeper } from './idle-sweeper.ts';
import type { ListenerSet, ListenerSetCounts, ListenerSetOptions, ListenerStatus } from './listener-set.ts';
import { ListenerSettler } from './listener-settler.ts';
import { LiveServicePorts } from './live-service-ports.ts';
import type { ProxyContext, ProxySettings } from './proxy-context.ts';
import { ReadBuffers } from './read-buffers.ts';
import { fastSocketsWork } from './tcp-fast-socket.ts';

/** Makes a listener set without frontends. Nothing is opened before the first `apply`. */
export function createListenerSet(options: ListenerSetOptions): ListenerSet {
  return new FrontendListeners(options);
}

class FrontendListeners implements ListenerSet {
  generation = 0;
  readonly #entries = new Map<string, FrontendEntry>();
  readonly #servicePorts = new LiveServicePorts();
  readonly #context: ProxyContext;
  readonly #settler: ListenerSettler;
  readonly #sweeper: IdleSweeper;
  readonly #wantsFast: boolean;
  readonly #cutShort = Promise.withResolvers<void>();
  #ready: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: ListenerSetOptions) {
    const { capture, transport, picker, classify, clock, settings, services = [] } = options;
    const flows = new FlowRegistry();
    const used = (): number => flows.tcp.size * 2 + flows.udp.size + this.#settler.counts.listening;
    const gate = new AcceptGate(clock, used, options.descriptorLimit);
    const quarantine = new Quarantine();
    const ejections = new Ejections({
      clock,
      settings: () => this.#context.settings.ejection,
      servicePort: (key) => this.#servicePorts.get(key),
      quarantined: (key) => quarantine.of(key),
      events: EJECTION_EVENTS,
    });
    const settingsOf = serviceSettings({ defaults: settings, services });
    const exclusions = { ejections, quarantine };
    const shared = { clock, picker, transport, classify, flows, gate, settings, settingsOf };
    this.#context = { ...shared, ...exclusions, buffers: undefined };
    flows.tally.follow(settings.limits, []);
    this.#settler = new ListenerSettler(clock, capture);
    this.#sweeper = new IdleSweeper(this.#context);
    this.#wantsFast = (options.reads ?? 'auto') === 'auto';
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
    const changes = this.#servicePorts.takeChanges();
    this.#context.quarantine.sync(changes);
    this.#context.ejections.sync(changes);
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

  endFlow(id: string): boolean {
    return this.#context.flows.finish(id, 'killed');
  }

  updateSettings(settings: ProxySettings, services: readonly ServiceOverride[] = []): Promise<void> {
    const { flows, ejections } = this.#context;
    this.#context.settings = settings;
    this.#context.settingsOf = serviceSettings({ defaults: settings, services });
    flows.tally.follow(settings.limits, flows.tcp);
    ejections.settingsChanged();
    return this.#settler.settle([...this.#entries.values()].filter(isUnsettled), []);
  }

  ejections(): Iterable<Ejection> {
    return this.#context.ejections.list();
  }

  quarantined(): Iterable<readonly [string, ReadonlySet<string>]> {
    return this.#context.quarantine;
  }

  async drainEndpoint(servicePortKey: string, endpointKey: string): Promise<boolean> {
    const servicePort = this.#servicePorts.get(servicePortKey);
    if (!servicePort?.endpoints.some(({ key }) => key === endpointKey)) return false;
    this.#context.quarantine.add(servicePortKey, endpointKey);
    await this.#reconsider(servicePortKey);
    return true;
  }

  async restoreEndpoint(servicePortKey: string, endpointKey: string): Promise<boolean> {
    const wasQuarantined = this.#context.quarantine.remove(servicePortKey, endpointKey);
    const wasEjected = this.#context.ejections.restore(servicePortKey, endpointKey);
    if (wasQuarantined) await this.#reconsider(servicePortKey);
    return wasQuarantined || wasEjected;
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
    this.#servicePorts.retain(route.servicePort);
    touched.push(entry);
  }

  #take(route: Route, removed: FrontendEntry[]): void {
    const entry = this.#entries.get(route.frontend.key);
    if (entry === undefined) return;
    this.#entries.delete(route.frontend.key);
    this.#servicePorts.release(entry.route.servicePort);
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
      this.#servicePorts.release(entry.route.servicePort);
      this.#servicePorts.retain(after.servicePort);
      entry.listener.retarget(after);
      if (isUnsettled(entry)) touched.push(entry);
    }
  }

  /** The quarantine of a ServicePort has changed: who waits tries again, and sockets are opened or closed. */
  #reconsider(servicePortKey: string): Promise<void> {
    this.#context.ejections.review(servicePortKey);
    const entries = [...this.#entries.values()].filter(({ route }) => route.servicePort.key === servicePortKey);
    for (const { listener } of entries) listener.retarget(listener.route);
    return this.#settler.settle(entries.filter(isUnsettled), []);
  }

  async #drain(graceMs: number): Promise<void> {
    const { flows, clock, gate, ejections } = this.#context;
    await this.#settler.close();
    for (const { listener } of this.#entries.values()) listener.release();
    await flows.tcpEmpty(clock, graceMs, this.#cutShort.promise);
    flows.finishAll(graceMs > 0 ? 'drained' : 'destroyed');
    this.#sweeper.close();
    ejections.close();
    gate.close();
  }
}

function statusOf({ frontend, state, error, listener }: FrontendEntry): ListenerStatus {
  const { bound, connections } = listener;
  const where = { boundAddress: bound?.address ?? '', boundPort: bound?.port ?? 0 };
  return { frontendKey: frontend.key, state, ...where, connections, ...(error && { error }) };
}

function isUnsettled(entry: FrontendEntry): boolean {
  return entry.isUnsettled;
}
