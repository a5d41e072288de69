/**
 * Tunnel: a WebSocket to one pod that carries connections to its ports.
 *
 * It is used for new connections while it is in good order: not going away, not in doubt, nobody on it holding others
 * up. Its end ends every connection on it, once. Kubernetes' servers know no flow control of streams, so that a user who
 * does not read stops the whole tunnel at some point (`read-gate.ts`).
 */

import type { WebSocket } from 'ws';
import type { Clock, Timer } from '../../lib/clock.ts';
import { Liveness, type LivenessTimings } from './liveness.ts';
import { privateSocketOf } from './open-web-socket.ts';
import type { PortDial } from './port-dial.ts';
import type { FinTimings } from './port-stream.ts';
import { ReadGate } from './read-gate.ts';
import { type ConnectionHost, SpdyConnection } from './spdy-connection.ts';
import { SpdySession } from './spdy-session.ts';
import { cutOff } from './transport-error.ts';
import { webSocketLink } from './web-socket-link.ts';

export interface TunnelTimings extends LivenessTimings {
  /** A tunnel without connections is closed after so long. */
  readonly idleMs: number;
  /** A user who takes nothing may hold others up for so long. */
  readonly stallMs: number;
  /** A dial that the server has not answered for so long doubts it. */
  readonly unansweredMs: number;
  /** Who is on a tunnel for so long has it to himself, where that can be. */
  readonly lastingMs: number;
  readonly fin: FinTimings;
}

export const TUNNEL_TIMINGS: TunnelTimings = {
  quietMs: 10_000,
  answerMs: 10_000,
  stuckMs: 300_000,
  idleMs: 300_000,
  stallMs: 10_000,
  unansweredMs: 1000,
  lastingMs: 500,
  fin: { answeredMs: 1000, owedMs: 30_000 },
};

/** An answer that is owed for so long puts a tunnel in doubt. */
const DOUBT_MS = 500;
const NORMAL_CLOSURE = 1000;

/** Who dials through a tunnel. */
export interface TunnelUser {
  /** It carries nothing any more. Called once. */
  ended(): void;
  /** A dial that the server did not answer, and that somebody waits for. */
  again(dial: PortDial): void;
}

/** One open tunnel. */
export class Tunnel implements ConnectionHost {
  readonly session: SpdySession;
  readonly clock: Clock;
  readonly finTimings: FinTimings;
  readonly #webSocket: WebSocket;
  readonly #timings: TunnelTimings;
  readonly #user: TunnelUser;
  readonly #connections = new Set<SpdyConnection>();
  readonly #gate: ReadGate;
  readonly #liveness: Liveness;
  #idle: Timer | undefined;
  #lastRequestId = 0;
  #isOver = false;

  constructor(webSocket: WebSocket, clock: Clock, timings: TunnelTimings, user: TunnelUser) {
    this.#webSocket = webSocket;
    this.clock = clock;
    this.finTimings = timings.fin;
    this.#timings = timings;
    this.#user = user;
    this.session = new SpdySession(webSocketLink(webSocket, privateSocketOf(webSocket)), {
      goneAway: () => this.#closeUnused(),
      pong: () => {},
    });
    this.#gate = new ReadGate(clock, timings.stallMs, {
      isShared: () => this.size > 1,
      stop: () => webSocket.pause(),
      go: () => webSocket.resume(),
    });
    this.#liveness = new Liveness(clock, timings, {
      condition: () => (webSocket.isPaused ? 'deaf' : webSocket.bufferedAmount > 0 ? 'stuck' : 'good'),
      ping: () => this.#ping(),
      dead: () => this.#end('the tunnel to the pod does not answer any more'),
    });
    this.#listen();
    this.#awaitUse();
  }

  /** Connections it carries. */
  get size(): number {
    return this.#connections.size;
  }

  /** Whether new connections may be put on it. */
  get isFit(): boolean {
    if (this.#isOver || !this.session.isOpen || this.session.isBlocked) return false;
    return !this.isDoubted && !this.#gate.isHolding;
  }

  /**
   * Whether somebody has been on it for long, so that who comes later is better off elsewhere. Who only waits for the pod to
   * close does not count.
   */
  get isOccupied(): boolean {
    const sinceMs = this.clock.monotonic() - this.#timings.lastingMs;
    for (const { startedMs, stream } of this.#connections) {
      if (startedMs > sinceMs) return false;
      if (!stream.writableEnded) return true;
    }
    return false;
  }

  get isDoubted(): boolean {
    return this.#liveness.doubtMs >= DOUBT_MS;
  }

  get unansweredMs(): number {
    return this.#timings.unansweredMs;
  }

  /** Makes a connection for a dial. */
  connect(dial: PortDial): void {
    this.#idle?.cancel();
    this.#lastRequestId += 1;
    this.#connections.add(new SpdyConnection(this, dial, this.#lastRequestId));
  }

  doubt(): void {
    if (!this.#isOver) this.#liveness.ask();
  }

  again(dial: PortDial): void {
    this.#user.again(dial);
  }

  holds(connection: SpdyConnection, bytes: number): void {
    this.#gate.holds(connection, bytes);
  }

  closed(connection: SpdyConnection): void {
    this.#connections.delete(connection);
    if (this.#connections.size > 0 || this.#isOver) return;
    if (this.session.isOpen) this.#awaitUse();
    else this.#closeUnused();
  }

  /** Ends it, and every connection on it. Idempotent. */
  close(): void {
    this.#end('the transport was closed');
  }

  #listen(): void {
    this.#webSocket.on('message', (message) => {
      this.#liveness.heard();
      if (Buffer.isBuffer(message)) this.#push(message);
    });
    this.#webSocket.on('pong', () => this.#liveness.heard());
    this.#webSocket.on('error', (error) => this.#end(`the tunnel to the pod broke: ${error.message}`));
    this.#webSocket.on('close', (code, reason) => {
      const said = reason.length > 0 ? `: ${reason.toString()}` : '';
      this.#end(`the tunnel to the pod was closed (${code})${said}`);
    });
    this.#webSocket.resume();
  }

  #push(message: Buffer): void {
    try {
      this.session.push(message);
    } catch (error) {
      this.#end(`the server does not speak SPDY/3.1: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** The session's ping comes from the runtime, the WebSocket's from the API server: either is a sign of life. */
  #ping(): void {
    this.session.ping();
    this.#webSocket.ping();
  }

  #awaitUse(): void {
    this.#idle = this.clock.setTimer(() => this.#end('the tunnel was idle'), this.#timings.idleMs);
  }

  #closeUnused(): void {
    if (this.#connections.size === 0) this.#end('the server closed the tunnel');
  }

  #end(why: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#idle?.cancel();
    this.#liveness.stop();
    this.#gate.close();
    if (this.#webSocket.isPaused) this.#webSocket.resume();
    this.session.close(cutOff(why));
    this.#webSocket.close(NORMAL_CLOSURE);
    this.#webSocket.terminate();
    this.#user.ended();
  }
}
