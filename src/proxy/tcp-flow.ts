/**
 * TCP flow: one client connection and the one connection to its backend.
 *
 *   accepted ──▶ dialling ──▶ relaying ──▶ ended
 *       └─ shed,  │  ▲  └─ dial-failed, no-endpoint, source-denied
 *          fault  ▼  │
 *               waiting ─▶ wait-over     held for want of an endpoint, where onEmpty says so
 *
 * The client is not read while dialling: what it sends waits in the kernel. Only when a dial is slow one window is read
 * and held, since a client that goes away is noticed by nothing but reading. One that waits is not read at all: there may
 * be many, for long. Each side's FIN is passed on by itself. Whatever ends a flow but both FINs resets both sides.
 */

import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ServiceSettings } from '../config/service-settings.ts';
import { errnoOf } from '../errors.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { FailedTry, FlowEnd, FlowEndCause, PickReason, ShedReason } from '../model/flow.ts';
import type { Adoption } from '../model/front.ts';
import type { Route } from '../model/route.ts';
import { channels } from '../observability/channels.ts';
import { canonicalClient } from './client-address.ts';
import { EndpointChoice } from './endpoint-choice.ts';
import type { LiveTcpFlow } from './flow-registry.ts';
import { IdleMeter } from './idle-meter.ts';
import { keepAlive } from './keep-alive.ts';
import type { ProxyContext, TcpFlowTarget } from './proxy-context.ts';
import { askedAddress, proxyHeader } from './proxy-protocol.ts';
import { PumpPair } from './pump-pair.ts';
import { resetStream } from './reset-stream.ts';
import { type DialOwner, TcpDial } from './tcp-dial.ts';
import { beginFault, type TcpFault } from './tcp-fault.ts';
import { WaitingPlace } from './waiting-place.ts';
import type { Waiter } from './waiting-room.ts';

/** The client's socket and the backend's. */
const DESCRIPTORS = 2;

/** One TCP flow. It owns both sockets from its making to its end. */
export class TcpFlow implements LiveTcpFlow, DialOwner, Waiter {
  readonly id: string;
  readonly protocol = 'TCP';
  readonly route: Route;
  readonly clientAddress: string;
  readonly clientPort: number;
  readonly openedAtMs: number;
  headerBytes = 0;
  connectMs: number | undefined;
  end: FlowEnd | undefined;
  fault: string | undefined;

  readonly #context: ProxyContext;
  readonly #target: TcpFlowTarget;
  readonly #client: Socket;
  readonly #adoption: Adoption | undefined;
  readonly #choice: EndpointChoice;
  readonly #pumps: PumpPair;
  #backend: Duplex | undefined;
  #dial: TcpDial | undefined;
  #fault: TcpFault | undefined;
  #place: WaitingPlace | undefined;
  #idle: IdleMeter | undefined;
  #isKeptAlive = false;

  /** `client` was just accepted, and is paused; where somebody else accepted it, `adoption` tells who. */
  constructor(context: ProxyContext, target: TcpFlowTarget, client: Socket, adoption?: Adoption) {
    this.#context = context;
    this.#target = target;
    this.#client = client;
    this.#adoption = adoption;
    this.id = context.flows.nextId('c');
    this.route = target.route;
    this.clientAddress = canonicalClient(client.remoteAddress ?? '');
    this.clientPort = client.remotePort ?? 0;
    this.openedAtMs = context.clock.now();
    this.#pumps = new PumpPair(client, context.buffers);
    this.#choice = new EndpointChoice(context, target, this.clientAddress);
  }

  get bytesIn(): number {
    return this.#pumps.bytesIn;
  }

  get bytesOut(): number {
    return this.#pumps.bytesOut;
  }

  get endpoint(): Endpoint | undefined {
    return this.#choice.endpoint;
  }

  get why(): PickReason | undefined {
    return this.#choice.why;
  }

  get failedTries(): readonly FailedTry[] {
    return this.#choice.failedTries;
  }

  get override(): string | undefined {
    return this.#choice.override;
  }

  /** Begins to serve the client, or turns it away at once. */
  open(): void {
    const { flows, gate, settings } = this.#context;
    this.#watch(this.#client, 'client-reset');
    this.#target.connections += 1;
    const broken = flows.brokenBy(this, settings.limits);
    flows.opened(this);
    if (this.clientAddress === '') this.finish('client-reset', 'ENOTCONN');
    else if (broken !== undefined) this.finish('shed', undefined, broken);
    else if (!gate.admit(DESCRIPTORS)) this.finish('shed', gate.shutBy, 'descriptors');
    else this.#begin();
  }

  /** Dials, for the first time or after it has waited. */
  tryAgain(): void {
    this.#choice.begin();
    this.#dialNext();
  }

  waitOver(): void {
    this.finish('wait-over');
  }

  finish(cause: FlowEndCause, errno?: string, reason?: ShedReason): void {
    if (this.end !== undefined) return;
    this.end = { cause, ...(errno !== undefined && { errno }), ...(reason !== undefined && { reason }) };
    this.#dial?.cancel();
    this.#place?.leave(false);
    this.#choice.release();
    this.#fault?.close();
    this.#pumps.close();
    if (cause !== 'finished') {
      if (this.#mayTell) this.#adoption?.refused(this);
      else resetStream(this.#client);
      if (this.#backend !== undefined) resetStream(this.#backend);
    }
    this.#target.connections -= 1;
    this.#context.flows.ended(this);
  }

  keepAlive(): boolean {
    if (this.#isKeptAlive || this.#backend === undefined) return false;
    this.#isKeptAlive = true;
    for (const stream of [this.#client, this.#backend]) keepAlive(stream);
    return true;
  }

  checkIdle(nowMs: number, idleTimeoutMs: number): void {
    this.#idle ??= new IdleMeter();
    const bytes = this.bytesIn + this.bytesOut;
    if (this.#idle.isOver(bytes, this.#place?.isTaken === true, nowMs, idleTimeoutMs)) this.finish('idle');
  }

  nextEndpoint(tried: ReadonlySet<string>): Endpoint | undefined {
    const endpoint = this.#choice.next(tried);
    if (endpoint !== undefined) this.#place?.leave(true);
    return endpoint;
  }

  hasUntried(tried: ReadonlySet<string>): boolean {
    return this.#choice.hasUntried(tried);
  }

  tryFailed(failed: FailedTry, hadItsTime: boolean): void {
    this.#choice.failed(failed, hadItsTime);
    if (channels.dialFailed.hasSubscribers) channels.dialFailed.publish({ ...failed, flow: this });
  }

  dialSlow(): void {
    this.#pumps.startClient(this.#fault);
  }

  dialed(stream: Duplex, elapsedMs: number): void {
    this.#dial = undefined;
    this.connectMs = elapsedMs;
    this.#backend = stream;
    this.#choice.succeeded();
    if (channels.flowConnected.hasSubscribers) channels.flowConnected.publish(this);
    this.#watch(stream, 'endpoint-reset');
    this.#adoption?.connected(this);
    this.#writeHeader(stream);
    this.#pumps.join(stream, this.#fault);
  }

  dialFailed(errno: string | undefined, local: boolean): void {
    if (local) {
      this.#context.gate.shut(errno ?? '');
      this.finish('shed', errno, 'descriptors');
    } else if (this.#choice.fallBack()) this.#dialNext();
    else if (this.#mayWait) this.#wait();
    else if (errno === undefined) this.finish(this.#choice.refusal?.cause ?? 'no-endpoint');
    else this.finish('dial-failed', errno);
  }

  /** It is for who accepted the client to tell it that there is no backend. */
  get #mayTell(): boolean {
    return this.#adoption !== undefined && this.#backend === undefined && !this.#client.destroyed;
  }

  /** Dials, unless a fault has the flow for itself. */
  #begin(): void {
    this.#fault = beginFault(this.#context, this.route.servicePort, () => this.finish('fault'));
    this.fault = this.#fault?.text;
    if (this.#fault?.fate === 'refuse') this.finish('fault');
    else if (this.#fault?.fate === 'blackhole') this.#pumps.startClient(this.#fault);
    else this.tryAgain();
  }

  #dialNext(): void {
    const { clock, transport } = this.#context;
    this.#dial = new TcpDial(clock, transport, this.#settings.connect, this);
    this.#dial.start();
  }

  get #settings(): ServiceSettings {
    return this.#context.settingsOf(this.#target.route.servicePort);
  }

  /** A listener that is closed wakes nobody. */
  get #mayWait(): boolean {
    if (!this.#choice.refusal?.mayHold || this.#target.bound === undefined) return false;
    return this.#settings.onEmpty.action === 'hold';
  }

  #wait(): void {
    this.#place ??= new WaitingPlace(this.#target.waiting, this);
    if (!this.#place.take(this.#settings.onEmpty)) this.finish('shed', undefined, 'queue-full');
  }

  #writeHeader(backend: Duplex): void {
    const { proxyProtocol } = this.#settings;
    if (proxyProtocol === 'off') return;
    const { clientAddress: address, clientPort: port, route } = this;
    const header = proxyHeader(proxyProtocol, { address, port }, askedAddress(route.frontend, this.#client));
    this.headerBytes = header.length;
    backend.write(header);
  }

  #watch(stream: Duplex, broken: 'client-reset' | 'endpoint-reset'): void {
    stream.on('error', (error) => this.finish(broken, errnoOf(error)));
    stream.on('close', () => {
      if (!stream.readableEnded || !stream.writableFinished) this.finish(broken);
      else if (this.#client.closed && this.#backend?.closed) this.finish('finished');
    });
  }
}
