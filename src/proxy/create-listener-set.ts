/**
 * Listener set: the data plane's side of the routing table. It has one listener for each frontend, and follows diffs.
 *
 *   apply(diff) ── at once ──▶ entries added, retargeted, taken out: new flows follow the new table from here on
 *        └────── in turn ───▶ settle: prepare capture ▶ open sockets ▶ commit capture ▶ close what is gone
 *
 * Settling looks at what is wanted when its turn comes, so that diffs may follow one another faster than sockets open.
 * What a diff does not name is not touched. What fails is reported, marked, and retried by itself.
 */

import type { Socket } from 'node:net';
import type { ServiceOverride } from '../config/config.ts';
import { serviceSettings } from '../config/service-settings.ts';
import type { Ejection } from '../model/ejection.ts';
import type { Flow } from '../model/flow.ts';
import type { Adoption, FrontTarget } from '../model/front.ts';
import type { InterventionTarget } from '../model/intervention.ts';
import type { RoutingTable, ServicePort, TableDiff } from '../model/route.ts';
import type { SoftState, UdpFlowRow } from '../model/soft-state.ts';
import { AdoptedTargets } from './adopted-targets.ts';
import { createProxyContext } from './create-proxy-context.ts';
import { emptyQueues } from './empty-queues.ts';
import { fastSocketsWork } from './fast-sockets-work.ts';
import { FrontendEntries } from './frontend-entries.ts';
import { handOverListeners } from './hand-over-listeners.ts';
import { IdleSweeper } from './idle-sweeper.ts';
import { expectUdpFlows, inheritSoftState, softStateOf, udpRowsOf } from './inherit-soft-state.ts';
import type { CarryReply } from './listener.ts';
import type { ListenerSetCounts, ListenerSetOptions, ListenerStatus, WorkerListenerSet } from './listener-set.ts';
import { ListenerSettler } from './listener-settler.ts';
import { isUnsettled, statusOf } from './listener-status.ts';
import { LiveServicePorts } from './live-service-ports.ts';
import type { ProxyContext, ProxySettings } from './proxy-context.ts';
import { ReadBuffers } from './read-buffers.ts';

/** Makes a listener set without frontends. Nothing is opened before the first `apply`. */
export function createListenerSet(options: ListenerSetOptions): WorkerListenerSet {
  return new FrontendListeners(options);
}

class FrontendListeners implements WorkerListenerSet {
  generation = 0;
  readonly #entries: FrontendEntries;
  readonly #servicePorts = new LiveServicePorts();
  readonly #adopted: AdoptedTargets;
  readonly #context: ProxyContext;
  readonly #settler: ListenerSettler;
  readonly #sweeper: IdleSweeper;
  readonly #wantsFast: boolean;
  readonly #cutShort = Promise.withResolvers<void>();
  readonly #unfollow: (() => void) | undefined;
  #ready: Promise<void> | undefined;
  #inherited: SoftState | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: ListenerSetOptions) {
    const { clock, capture, interventions } = options;
    this.#context = createProxyContext(options, this.#servicePorts, () => this.#settler.counts.listening);
    this.#unfollow = interventions?.onOverride((target) => this.#overrideChanged(target));
    this.#entries = new FrontendEntries(this.#context, this.#servicePorts);
    this.#adopted = new AdoptedTargets(this.#context, this.#servicePorts);
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
    if (this.#closing !== undefined) return this.#entries.retarget(diff);
    this.generation = table.generation;
    const { touched, removed } = this.#entries.follow(diff);
    this.#adopted.follow(diff, table);
    const changes = this.#servicePorts.takeChanges();
    this.#context.quarantine.sync(changes);
    this.#context.ejections.sync(changes);
    this.#inheritOnce();
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

  adopt(target: FrontTarget, client: Socket, adoption: Adoption): Flow | undefined {
    return this.#closing === undefined ? this.#adopted.adopt(target, client, adoption) : undefined;
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

  close({ graceMs = 0, shared = false }: Parameters<WorkerListenerSet['close']>[0] = {}): Promise<void> {
    if (graceMs <= 0) this.#cutShort.resolve();
    this.#closing ??= this.#drain(graceMs, shared ? 'shared' : 'alone');
    return this.#closing;
  }

  get heldClients(): number {
    let held = 0;
    for (const { listener } of this.#entries.values()) held += listener.held;
    return held;
  }

  softState(): SoftState {
    return softStateOf(this.#context);
  }

  inherit(state: SoftState): void {
    this.#inherited = state;
  }

  async lend(): Promise<readonly string[]> {
    return [];
  }

  handOver({ graceMs, carry }: { readonly graceMs: number; readonly carry: CarryReply }): Promise<void> {
    this.#closing ??= this.#drain(graceMs, carry);
    return this.#closing;
  }

  reply(frontendKey: string, datagram: Buffer, port: number, address: string): void {
    this.#entries.get(frontendKey)?.listener.reply(datagram, port, address);
  }

  widen(frontendKey: string): void {
    this.#entries.get(frontendKey)?.listener.widen();
  }

  udpRows(frontendKeys: ReadonlySet<string>): readonly UdpFlowRow[] {
    return udpRowsOf(this.#context.flows, frontendKeys);
  }

  expectUdp(rows: readonly UdpFlowRow[]): void {
    expectUdpFlows(this.#context, rows);
  }

  async withdraw(frontendKeys: readonly string[], carry: CarryReply): Promise<void> {
    await emptyQueues(frontendKeys.flatMap((key) => this.#entries.get(key)?.listener ?? []));
    const taken = this.#entries.withdraw(frontendKeys);
    for (const { listener } of taken) listener.handOver(carry);
    await this.#settler.settle([], taken);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** With the first table: it tells what of the predecessor's still counts. */
  #inheritOnce(): void {
    const state = this.#inherited;
    this.#inherited = undefined;
    if (state !== undefined) inheritSoftState(this.#context, state, (key) => this.#servicePorts.get(key));
  }

  async #prepareReads(): Promise<void> {
    if (this.#wantsFast && (await fastSocketsWork())) this.#context.buffers = new ReadBuffers();
  }

  /** The quarantine of a ServicePort has changed: who waits tries again, and sockets are opened or closed. */
  #reconsider(servicePortKey: string): Promise<void> {
    this.#context.ejections.review(servicePortKey);
    return this.#revisit(({ key }) => key === servicePortKey);
  }

  /** An override may serve where there is no endpoint. */
  #overrideChanged({ namespace, service }: InterventionTarget): void {
    this.#revisit((port) => port.service === service && port.namespace === namespace).catch(() => {});
  }

  #revisit(isMeant: (servicePort: ServicePort) => boolean): Promise<void> {
    const entries = [...this.#entries.values()].filter(({ route }) => isMeant(route.servicePort));
    for (const { listener } of entries) listener.retarget(listener.route);
    this.#adopted.wake(isMeant);
    return this.#settler.settle(entries.filter(isUnsettled), []);
  }

  /** `others`: who else has the sockets; a successor by how it carries replies. */
  async #drain(graceMs: number, others: 'alone' | 'shared' | CarryReply): Promise<void> {
    const { flows, clock, gate, ejections, companions } = this.#context;
    await this.#settler.close();
    const listeners = [...this.#entries.values()].map(({ listener }) => listener);
    if (companions?.isHelper && others !== 'alone') await emptyQueues(listeners);
    if (others === 'alone') for (const listener of listeners) listener.release();
    else if (others === 'shared') for (const listener of listeners) listener.remove();
    else await handOverListeners(listeners, { clock, flows, graceMs, carry: others, cutShort: this.#cutShort.promise });
    this.#adopted.close();
    await flows.tcpEmpty(clock, graceMs, this.#cutShort.promise);
    flows.finishAll(graceMs > 0 ? 'drained' : 'destroyed');
    this.#unfollow?.();
    this.#sweeper.close();
    ejections.close();
    gate.close();
  }
}
