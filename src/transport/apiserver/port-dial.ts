/**
 * Port dial: decides when a connection to a pod's port counts as made.
 *
 *   streams accepted ──▶ grace ──▶ connected
 *        │                 ├── a byte from the pod ──▶ connected, at once
 *        └─────────────────┴── error, or end with an error ──▶ failed
 *
 * No protocol of port-forward says that the pod accepted; that it refused, comes as text right after the streams were
 * accepted. The grace is how long that is waited for. It follows the time that the acceptance took, which grows with the
 * load of the servers between, within limits.
 */

import type { Clock, Timer } from '../../lib/clock.ts';
import type { DialHandlers } from '../../model/transport.ts';
import type { PortStream } from './port-stream.ts';
import type { TransportError } from './transport-error.ts';

/** Limits of the grace, in ms. */
export interface GraceLimits {
  readonly minMs: number;
  readonly maxMs: number;
}

export const GRACE_LIMITS: GraceLimits = { minMs: 2, maxMs: 20 };

/** One dial, from its start to the first of `connected`, `failed` and `cancel`. What comes later is ignored. */
export class PortDial {
  readonly port: number;
  readonly startedMs: number;
  readonly #clock: Clock;
  readonly #limits: GraceLimits;
  #handlers: DialHandlers | undefined;
  #stream: PortStream | undefined;
  #grace: Timer | undefined;
  #cancelled: (() => void) | undefined;
  #sentMs = 0;

  constructor(port: number, handlers: DialHandlers, clock: Clock, limits: GraceLimits) {
    this.port = port;
    this.#handlers = handlers;
    this.#clock = clock;
    this.#limits = limits;
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
    const graceMs = Math.min(this.#limits.maxMs, Math.max(this.#limits.minMs, tookMs));
    // What has arrived meanwhile, and was not read, is read before immediates run.
    this.#grace = this.#clock.setTimer(() => setImmediate(() => this.proven()), graceMs);
  }

  /** The pod has accepted, for all that is known. */
  proven(): void {
    const stream = this.#stream;
    if (stream !== undefined) this.#settle()?.connected(stream);
  }

  failed(error: TransportError): void {
    this.#settle()?.failed(error);
  }

  cancel(): void {
    const cancelled = this.#cancelled;
    if (this.#settle() !== undefined) cancelled?.();
  }

  #settle(): DialHandlers | undefined {
    const handlers = this.#handlers;
    this.#handlers = undefined;
    this.#grace?.cancel();
    this.#cancelled = undefined;
    return handlers;
  }
}
