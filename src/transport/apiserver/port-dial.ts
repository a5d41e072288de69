/**
 * Port dial: decides when a connection to a pod's port counts as made.
 *
 *   streams accepted ──▶ grace ──▶ connected
 *        │                 ├── a byte from the pod ──▶ connected, at once
 *        └─────────────────┴── error, or end with an error ──▶ failed
 *
 * No protocol of port-forward says that the pod accepted; that it refused, comes as text right after the streams were
 * accepted. The grace (`dial-grace.ts`) is how long that is waited for.
 */

import type { Clock, Timer } from '../../lib/clock.ts';
import type { DialHandlers } from '../../model/transport.ts';
import type { DialGrace } from './dial-grace.ts';
import type { PortStream } from './port-stream.ts';
import type { TransportError } from './transport-error.ts';

/** One dial, from its start to the first of `connected`, `failed` and `cancel`. What comes later is ignored. */
export class PortDial {
  readonly port: number;
  readonly startedMs: number;
  readonly #clock: Clock;
  readonly #graces: DialGrace;
  #handlers: DialHandlers | undefined;
  #stream: PortStream | undefined;
  #grace: Timer | undefined;
  #cancelled: (() => void) | undefined;
  #sentMs = 0;
  #hasAnswered = false;

  constructor(port: number, handlers: DialHandlers, clock: Clock, graces: DialGrace) {
    this.port = port;
    this.#handlers = handlers;
    this.#clock = clock;
    this.#graces = graces;
    this.startedMs = clock.monotonic();
  }

  /** Whether anybody waits for the outcome. */
  get isOpen(): boolean {
    return this.#handlers !== undefined;
  }

  /** The streams were asked for, at `atMs`. `cancelled` is called when nobody wants the connection any more. */
  sent(stream: PortStream, atMs: number, cancelled: () => void): void {
    this.#stream = stream;
    this.#cancelled = cancelled;
    this.#sentMs = atMs;
  }

  /** The streams were accepted. */
  accepted(): void {
    if (!this.isOpen || this.#grace !== undefined) return;
    const tookMs = this.#clock.monotonic() - this.#sentMs;
    const graceMs = this.#graces.of(this.port, tookMs);
    // What has arrived meanwhile, and was not read, is read before immediates run.
    this.#grace = this.#clock.setTimer(() => setImmediate(() => this.#connected()), graceMs);
  }

  /** Something came from the pod: it has accepted. To be called before that is passed on; again does nothing. */
  answered(): void {
    if (this.#hasAnswered) return;
    this.#hasAnswered = true;
    this.#graces.answered(this.port);
    this.#connected();
  }

  /** A refusal that comes late is one to learn from too. */
  failed(error: TransportError): void {
    if (error.code === 'ECONNREFUSED') this.#graces.refused(this.port);
    this.#settle()?.failed(error);
  }

  cancel(): void {
    const cancelled = this.#cancelled;
    if (this.#settle() !== undefined) cancelled?.();
  }

  /** The pod has accepted, for all that is known. */
  #connected(): void {
    const stream = this.#stream;
    if (stream !== undefined) this.#settle()?.connected(stream);
  }

  #settle(): DialHandlers | undefined {
    const handlers = this.#handlers;
    this.#handlers = undefined;
    this.#grace?.cancel();
    this.#cancelled = undefined;
    return handlers;
  }
}
