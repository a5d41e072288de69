/**
 * Pod tunnels: the tunnels to one pod, and who dials through which.
 *
 *   dial ──▶ the fit tunnel with the fewest connections
 *     └── none ──▶ waits for the one that is being opened
 *
 * Where somebody stays on every fit tunnel, another is opened for those who come later, up to a limit: a user who does not
 * read then stops himself alone. Connections that come and go share one, which is the quickest: each tunnel is served by
 * processes of its own on the way, in messages of its own. A server without tunnels answers with the channel protocol: each dial then has a WebSocket
 * of its own. Both are offered each time, so that a server that was upgraded is noticed.
 */

import type { WebSocket } from 'ws';
import type { Clock } from '../../lib/clock.ts';
import type { ApiAccess } from '../../model/api-access.ts';
import { ChannelConnection } from './channel-connection.ts';
import type { DialGrace } from './dial-grace.ts';
import type { Failing } from './failing.ts';
import { isTunnel, openWebSocket, type PodRef } from './open-web-socket.ts';
import type { PortDial } from './port-dial.ts';
import { cutOff, TransportError } from './transport-error.ts';
import { Tunnel, type TunnelTimings } from './tunnel.ts';

/** What all pods of a transport share. */
export interface TunnelsContext {
  readonly access: ApiAccess;
  readonly clock: Clock;
  readonly timings: TunnelTimings;
  readonly protocols: readonly string[];
  readonly maxTunnels: number;
  readonly failing: Failing;
  /** Whether the server answered with the channel protocol, last time. `undefined` = it was not asked. */
  hasTunnels: boolean | undefined;
}

/** The tunnels of one pod. `unused` is called whenever nothing is left of them. */
export class PodTunnels {
  readonly graces: DialGrace;
  readonly #context: TunnelsContext;
  readonly #pod: PodRef;
  readonly #unused: () => void;
  readonly #tunnels = new Set<Tunnel>();
  readonly #channels = new Set<ChannelConnection>();
  #waiting: PortDial[] = [];
  #openings = 0;
  #isClosed = false;

  constructor(context: TunnelsContext, pod: PodRef, graces: DialGrace, unused: () => void) {
    this.graces = graces;
    this.#context = context;
    this.#pod = pod;
    this.#unused = unused;
  }

  /** Makes a connection for a dial, sooner or later; nothing is told synchronously. */
  dial(dial: PortDial): void {
    const tunnel = this.#pick();
    const failing = this.#context.failing.current;
    if (tunnel !== undefined) {
      if (tunnel.isOccupied && failing === undefined && this.#mayOpen()) void this.#open(dial.port);
      tunnel.connect(dial);
    } else if (failing !== undefined) {
      setImmediate(() => {
        dial.failed(failing);
        this.#checkUse();
      });
    } else {
      this.#waiting.push(dial);
      if (this.#openings === 0 || this.#context.hasTunnels === false) void this.#open(dial.port);
    }
  }

  /** Ends everything. Idempotent. */
  close(): void {
    this.#isClosed = true;
    for (const tunnel of [...this.#tunnels]) tunnel.close();
    for (const channel of [...this.#channels]) channel.close();
    this.#failWaiting(cutOff('the transport was closed'));
  }

  #pick(): Tunnel | undefined {
    let best: Tunnel | undefined;
    for (const tunnel of this.#tunnels) {
      if (tunnel.isFit && (best === undefined || tunnel.size < best.size)) best = tunnel;
    }
    return best;
  }

  #mayOpen(): boolean {
    return this.#openings === 0 && this.#tunnels.size < this.#context.maxTunnels;
  }

  async #open(port: number): Promise<void> {
    const { access, protocols, failing } = this.#context;
    this.#openings += 1;
    try {
      const webSocket = await openWebSocket(access, this.#pod, port, protocols);
      failing.succeeded();
      this.#openings -= 1;
      this.#opened(webSocket, port);
    } catch (cause) {
      this.#openings -= 1;
      const isKnown = cause instanceof TransportError;
      const error = isKnown ? cause : new TransportError('EIO', `no tunnel to the pod: ${cause}`, { cause });
      if (error.isApi) failing.failed(error);
      this.#failWaiting(error);
    }
    this.#checkUse();
  }

  #opened(webSocket: WebSocket, port: number): void {
    this.#context.hasTunnels = isTunnel(webSocket);
    if (this.#isClosed) webSocket.terminate();
    else if (this.#context.hasTunnels) this.#addTunnel(webSocket);
    else this.#addChannel(webSocket, port);
  }

  #addTunnel(webSocket: WebSocket): void {
    const { clock, timings } = this.#context;
    const tunnel = new Tunnel(webSocket, clock, timings, {
      ended: () => {
        this.#tunnels.delete(tunnel);
        this.#checkUse();
      },
      again: (dial) => this.dial(dial),
    });
    this.#tunnels.add(tunnel);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const dial of waiting) if (dial.isOpen) this.dial(dial);
  }

  /** It is for one dial of this port; the others open their own. */
  #addChannel(webSocket: WebSocket, port: number): void {
    const { clock, timings } = this.#context;
    this.#waiting = this.#waiting.filter(({ isOpen }) => isOpen);
    const dial = this.#waiting.find((waiting) => waiting.port === port);
    if (dial === undefined) {
      webSocket.terminate();
    } else {
      this.#waiting = this.#waiting.filter((other) => other !== dial);
      const channel = new ChannelConnection(webSocket, dial, clock, timings.fin, () => {
        this.#channels.delete(channel);
        this.#checkUse();
      });
      this.#channels.add(channel);
    }
    for (const other of this.#waiting.slice(this.#openings)) void this.#open(other.port);
  }

  #failWaiting(error: TransportError): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const dial of waiting) dial.failed(error);
  }

  #checkUse(): void {
    const isUsed = this.#tunnels.size + this.#channels.size + this.#waiting.length + this.#openings > 0;
    if (!isUsed) this.#unused();
  }
}
