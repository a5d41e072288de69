/**
 * Frontend entry: what the listener set knows of one frontend.
 *
 *            no endpoint                 bound, in force
 *   idle ◀──────────────▶ (opening) ───────────────────▶ listening
 *                              └─ cannot bind, capture failed ─▶ failed ── retry after 1 s, 2 s, … 30 s ─▶ (opening)
 */

import type { Timer } from '../lib/clock.ts';
import type { Binding } from '../model/capture.ts';
import type { Frontend, Route } from '../model/route.ts';
import type { Listener } from './listener.ts';
import type { ProxyContext } from './proxy-context.ts';
import { TcpListener } from './tcp-listener.ts';
import { UdpListener } from './udp-listener.ts';
import { wantsSocket } from './wants-socket.ts';

/** `idle` = no client has an eligible endpoint, nor is held: there is no listening socket, and the kernel refuses. */
export type ListenerState = 'listening' | 'idle' | 'failed';

/** One frontend. The table says what is wanted (`route`), the rest is how far that has come. */
export class FrontendEntry {
  readonly listener: Listener;
  state: ListenerState = 'idle';
  /** Where it was last tried to bind; `undefined` = not yet. */
  binding: Binding | undefined;
  /** Why it is `failed`. */
  error: Error | undefined;
  /** Failures in a row. */
  failures = 0;
  timer: Timer | undefined;
  /** Capture knows the frontend, and has it in force. Always true for what is not captured. */
  isPrepared: boolean;
  isCommitted: boolean;
  /** It left the table. */
  isGone = false;
  /** Other workers serve it alone: its listener is closed, and its flows go on. */
  isWithdrawn = false;

  readonly #context: ProxyContext;

  constructor(context: ProxyContext, route: Route) {
    this.#context = context;
    this.listener =
      route.frontend.protocol === 'TCP' ? new TcpListener(context, route) : new UdpListener(context, route);
    this.isPrepared = !this.isCaptured;
    this.isCommitted = !this.isCaptured;
  }

  get route(): Route {
    return this.listener.route;
  }

  get frontend(): Frontend {
    return this.listener.route.frontend;
  }

  /** A listening socket is wanted. */
  get isWanted(): boolean {
    return wantsSocket(this.#context, this.listener.route);
  }

  /** Whether its socket is to be opened or closed. One that failed and is still wanted is retried in its own time. */
  get isUnsettled(): boolean {
    return this.isWanted ? this.state === 'idle' : this.state !== 'idle';
  }

  /** Lanes bind their own address; what the kernel hands over of the rest is for capture to say. */
  get isCaptured(): boolean {
    return this.frontend.kind !== 'local';
  }
}

/** A frontend that this data plane can serve. SCTP has no sockets in Node. */
export function isServed(frontend: Frontend): boolean {
  return frontend.protocol !== 'SCTP';
}
