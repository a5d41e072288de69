/**
 * TCP flow: one client connection and the one connection to its backend.
 *
 *   accepted ──▶ dialling ──▶ relaying ──▶ ended
 *       └─ shed   │  ▲  └─ dial-failed, no-endpoint, source-denied
 *                 ▼  │
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
import type { Binding } from '../model/capture.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { FailedTry, FlowEnd, FlowEndCause, PickReason, ShedReason } from '../model/flow.ts';
import type { Route } from '../model/route.ts';
import { channels } from '../observability/channels.ts';
import { canonicalClient } from './client-address.ts';
import type { LiveTcpFlow } from './flow-registry.ts';
import type { FlowTarget, ProxyContext } from './proxy-context.ts';
import { askedAddress, proxyHeader } from './proxy-protocol.ts';
import { resetStream } from './reset-stream.ts';
import { type Assignment, assign, hasUntried, isRefusal, type Refusal, selectEndpoint } from './select-endpoint.ts';
import { type DialOwner, TcpDial } from './tcp-dial.ts';
import { TcpPump } from './tcp-pump.ts';
import type { Waiter, WaitingRoom } from './waiting-room.ts';

const NO_TRIES: readonly FailedTry[] = [];
/** The client's socket and the backend's. */
const DESCRIPTORS = 2;

/** What a flow needs of its listener, beside the count. */
export interface TcpFlowTarget extends FlowTarget {
  /** `undefined` = it is closed. */
  readonly bound: Binding | undefined;
  readonly waiting: WaitingRoom;
}

/** One TCP flow. It owns both sockets from its making to its end. */
export class TcpFlow implements LiveTcpFlow, DialOwner, Waiter {
  readonly id: string;
  readonly protocol = 'TCP';
  readonly route: Route;
  readonly clientAddress: string;
  readonly clientPort: number;
  readonly openedAtMs: number;
  endpoint: Endpoint | undefined;
  why: PickReason | undefined;
  failedTries: readonly FailedTry[] = NO_TRIES;
  bytesIn = 0;
  bytesOut = 0;
  headerBytes = 0;
  end: FlowEnd | undefined;

  readonly #context: ProxyContext;
  readonly #target: TcpFlowTarget;
  readonly #client: Socket;
  #fromClient: TcpPump | undefined;
  #backend: Duplex | undefined;
  #dial: TcpDial | undefined;
  #assignment: Assignment | undefined;
  #refusal: Refusal | undefined;
  /** Of the ServicePort that `endpoint` was picked from. */
  #servicePortKey = '';
  #isWaiting = false;
  #seenBytes = 0;
  #idleSinceMs = Number.NaN;

  /** `client` was just accepted, and is paused. */
  constructor(context: ProxyContext, target: TcpFlowTarget, client: Socket) {
    this.#context = context;
    this.#target = target;
    this.#client = client;
    this.id = context.flows.nextId('c');
    this.route = target.route;
    this.clientAddress = canonicalClient(client.remoteAddress ?? '');
    this.clientPort = client.remotePort ?? 0;
    this.openedAtMs = context.clock.now();
  }

  /** Begins to serve the client, or turns it away at once. */
  open(): void {
    const { flows, gate } = this.#context;
    this.#watch(this.#client, 'client-reset');
    this.#target.connections += 1;
    const broken = this.#brokenLimit();
    flows.opened(this);
    if (this.clientAddress === '') this.finish('client-reset', 'ENOTCONN');
    else if (broken !== undefined) this.finish('shed', undefined, broken);
    else if (!gate.admit(DESCRIPTORS)) this.finish('shed', gate.shutBy, 'descriptors');
    else this.tryAgain();
  }

  /** Dials, for the first time or after it has waited. */
  tryAgain(): void {
    const { clock, transport } = this.#context;
    this.#refusal = undefined;
    this.#dial = new TcpDial(clock, transport, this.#settings.connect, this);
    this.#dial.start();
  }

  waitOver(): void {
    this.finish('wait-over');
  }

  finish(cause: FlowEndCause, errno?: string, reason?: ShedReason): void {
    if (this.end !== undefined) return;
    this.end = { cause, ...(errno !== undefined && { errno }), ...(reason !== undefined && { reason }) };
    this.#dial?.cancel();
    this.#leaveWaitingRoom(false);
    this.#assignment?.release();
    if (cause !== 'finished') {
      resetStream(this.#client);
      if (this.#backend !== undefined) resetStream(this.#backend);
    }
    this.#target.connections -= 1;
    this.#context.flows.ended(this);
  }

  checkIdle(nowMs: number, idleTimeoutMs: number): void {
    const bytes = this.bytesIn + this.bytesOut;
    if (this.#isWaiting || Number.isNaN(this.#idleSinceMs) || bytes !== this.#seenBytes) {
      this.#seenBytes = bytes;
      this.#idleSinceMs = nowMs;
    } else if (nowMs - this.#idleSinceMs >= idleTimeoutMs) {
      this.finish('idle');
    }
  }

  nextEndpoint(tried: ReadonlySet<string>): Endpoint | undefined {
    const { route } = this.#target;
    const selection = selectEndpoint(this.#context, route, this.clientAddress, tried);
    if (isRefusal(selection)) {
      this.#refusal = selection;
      return undefined;
    }
    this.#leaveWaitingRoom(true);
    this.#servicePortKey = route.servicePort.key;
    this.#assignment = assign(this.#context, this.#servicePortKey, selection);
    this.endpoint = selection.endpoint;
    this.why = selection.why;
    return selection.endpoint;
  }

  hasUntried(tried: ReadonlySet<string>): boolean {
    return hasUntried(this.#context, this.#target.route, this.clientAddress, tried);
  }

  tryFailed(failed: FailedTry, hadItsTime: boolean): void {
    if (hadItsTime) this.#context.ejections.failed(this.#servicePortKey, failed.endpoint, failed.errno);
    this.#assignment?.release();
    this.#assignment = undefined;
    this.endpoint = undefined;
    this.failedTries = [...this.failedTries, failed];
    if (channels.dialFailed.hasSubscribers) channels.dialFailed.publish({ ...failed, flow: this });
  }

  dialSlow(): void {
    this.#clientPump().start();
  }

  dialed(stream: Duplex): void {
    this.#dial = undefined;
    this.#backend = stream;
    this.#context.ejections.succeeded(this.#servicePortKey, this.endpoint?.key ?? '');
    this.#watch(stream, 'endpoint-reset');
    this.#writeHeader(stream);
    this.#clientPump().attach(stream);
    const fromBackend = new TcpPump(stream, this.#context.buffers, (bytes) => {
      this.bytesOut += bytes;
    });
    fromBackend.attach(this.#client);
  }

  dialFailed(errno: string | undefined, local: boolean): void {
    if (local) {
      this.#context.gate.shut(errno ?? '');
      this.finish('shed', errno, 'descriptors');
    } else if (this.#mayWait) this.#wait();
    else if (errno === undefined) this.finish(this.#refusal?.cause ?? 'no-endpoint');
    else this.finish('dial-failed', errno);
  }

  get #settings(): ServiceSettings {
    return this.#context.settingsOf(this.#target.route.servicePort);
  }

  /** A listener that is closed wakes nobody. */
  get #mayWait(): boolean {
    if (!this.#refusal?.mayHold || this.#target.bound === undefined) return false;
    return this.#settings.onEmpty.action === 'hold';
  }

  #brokenLimit(): ShedReason | undefined {
    const { flows, settings } = this.#context;
    if (flows.tcp.size >= settings.limits.maxConnections) return 'max-connections';
    return flows.tally.brokenBy(this, settings.limits);
  }

  /** Enters the waiting room, or goes on waiting. */
  #wait(): void {
    if (this.#isWaiting) return;
    const { waiting } = this.#target;
    const { maxWaitMs, maxQueued } = this.#settings.onEmpty;
    if (waiting.size >= maxQueued) {
      this.finish('shed', undefined, 'queue-full');
    } else {
      this.#isWaiting = true;
      waiting.enter(this, maxWaitMs);
    }
  }

  #leaveWaitingRoom(served: boolean): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    const waitedMs = this.#target.waiting.leave(this) ?? 0;
    if (channels.waitEnded.hasSubscribers) channels.waitEnded.publish({ flow: this, waitedMs, served });
  }

  #writeHeader(backend: Duplex): void {
    const { proxyProtocol } = this.#settings;
    if (proxyProtocol === 'off') return;
    const client = { address: this.clientAddress, port: this.clientPort };
    const header = proxyHeader(proxyProtocol, client, askedAddress(this.route.frontend, this.#client));
    this.headerBytes = header.length;
    backend.write(header);
  }

  #clientPump(): TcpPump {
    this.#fromClient ??= new TcpPump(this.#client, this.#context.buffers, (bytes) => {
      this.bytesIn += bytes;
    });
    return this.#fromClient;
  }

  #watch(stream: Duplex, broken: 'client-reset' | 'endpoint-reset'): void {
    stream.on('error', (error) => this.finish(broken, errnoOf(error)));
    stream.once('close', () => {
      if (!stream.readableEnded || !stream.writableFinished) this.finish(broken);
      else if (this.#client.closed && this.#backend?.closed) this.finish('finished');
    });
  }
}
