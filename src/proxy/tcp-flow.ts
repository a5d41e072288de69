/**
 * TCP flow: one client connection and the one connection to its backend.
 *
 *   accepted ──▶ dialling ──▶ relaying ──▶ ended
 *       └─ shed     └─ dial-failed, no-endpoint, source-denied
 *
 * The client is not read while dialling: what it sends waits in the kernel. Only when a dial is slow one window is
 * read and held, since a client that goes away is noticed by nothing but reading. Each side's FIN is passed on by
 * itself; when both sides have closed, the flow has finished. Whatever else ends it resets both sides.
 */

import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { errnoOf } from '../errors.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { FailedTry, FlowEnd, FlowEndCause, PickReason } from '../model/flow.ts';
import type { Route } from '../model/route.ts';
import { channels } from '../observability/channels.ts';
import { canonicalClient } from './client-address.ts';
import type { LiveTcpFlow } from './flow-registry.ts';
import type { FlowTarget, ProxyContext } from './proxy-context.ts';
import { resetStream } from './reset-stream.ts';
import { type Assignment, isRefusal, type Refusal, selectEndpoint } from './select-endpoint.ts';
import { type DialOwner, TcpDial } from './tcp-dial.ts';
import { TcpPump } from './tcp-pump.ts';

const NO_TRIES: readonly FailedTry[] = [];
/** The client's socket and the backend's. */
const DESCRIPTORS = 2;

/** One TCP flow. It owns both sockets from its making to its end. */
export class TcpFlow implements LiveTcpFlow, DialOwner {
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
  end: FlowEnd | undefined;

  readonly #context: ProxyContext;
  readonly #target: FlowTarget;
  readonly #client: Socket;
  #fromClient: TcpPump | undefined;
  #backend: Duplex | undefined;
  #dial: TcpDial | undefined;
  #assignment: Assignment | undefined;
  #refusal: Refusal | undefined;
  #seenBytes = 0;
  #idleSinceMs = Number.NaN;

  /** `client` was just accepted, and is paused. */
  constructor(context: ProxyContext, target: FlowTarget, client: Socket) {
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
    const { flows, gate, settings, clock, transport } = this.#context;
    this.#watch(this.#client, 'client-reset');
    this.#target.connections += 1;
    const isFull = flows.tcp.size >= settings.limits.maxConnections;
    flows.opened(this);
    if (this.clientAddress === '') {
      this.finish('client-reset', 'ENOTCONN');
    } else if (isFull || !gate.admit(DESCRIPTORS)) {
      this.finish('shed', gate.shutBy);
    } else {
      this.#dial = new TcpDial(clock, transport, settings.connect, this);
      this.#dial.start();
    }
  }

  finish(cause: FlowEndCause, errno?: string): void {
    if (this.end !== undefined) return;
    this.end = errno === undefined ? { cause } : { cause, errno };
    this.#dial?.cancel();
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
    if (Number.isNaN(this.#idleSinceMs) || bytes !== this.#seenBytes) {
      this.#seenBytes = bytes;
      this.#idleSinceMs = nowMs;
    } else if (nowMs - this.#idleSinceMs >= idleTimeoutMs) {
      this.finish('idle');
    }
  }

  nextEndpoint(tried: ReadonlySet<string>): Endpoint | undefined {
    const selection = selectEndpoint(this.#context, this.#target.route, this.clientAddress, tried);
    if (isRefusal(selection)) {
      this.#refusal = selection;
      return undefined;
    }
    this.#assignment = selection;
    this.endpoint = selection.endpoint;
    this.why = selection.why;
    return selection.endpoint;
  }

  tryFailed(failed: FailedTry): void {
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
    this.#watch(stream, 'endpoint-reset');
    this.#clientPump().attach(stream);
    const fromBackend = new TcpPump(stream, this.#context.buffers, (bytes) => {
      this.bytesOut += bytes;
    });
    fromBackend.attach(this.#client);
  }

  dialFailed(errno: string | undefined, local: boolean): void {
    if (errno === undefined) {
      this.finish(this.#refusal?.cause ?? 'no-endpoint');
    } else {
      if (local) this.#context.gate.shut(errno);
      this.finish(local ? 'shed' : 'dial-failed', errno);
    }
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
