/**
 * Failing: how an API server that cannot be reached is left alone for a while.
 *
 * While it lasts, dials that would need it fail at once, with the error of the last attempt: those who wait dial again.
 */

import type { Backoff } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { TransportError } from './transport-error.ts';

/** One for all tunnels through one API server. */
export class Failing {
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  #untilMs = 0;
  #error: TransportError | undefined;

  constructor(clock: Clock, backoff: Backoff) {
    this.#clock = clock;
    this.#backoff = backoff;
  }

  /** The error of the last attempt, while no other is to be made. */
  get current(): TransportError | undefined {
    return this.#clock.monotonic() < this.#untilMs ? this.#error : undefined;
  }

  failed(error: TransportError): void {
    this.#error = error;
    this.#untilMs = this.#clock.monotonic() + this.#backoff.next();
  }

  succeeded(): void {
    this.#error = undefined;
    this.#untilMs = 0;
    this.#backoff.reset();
  }
}
