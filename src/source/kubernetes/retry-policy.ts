/**
 * What to do after a failure of list or watch: how long to wait, and whether only a new list can mend it.
 */

import type { SvclaneError } from '../../errors.ts';
import { type Backoff, createBackoff } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Timings } from './timings.ts';

export interface Verdict {
  readonly delayMs: number;
  /** The last resource version is of no use: list before the next watch. */
  readonly relist: boolean;
}

/** A watch that the server fails so often from one resource version may never get past it. */
const ANSWERED_FAILURES_BEFORE_RELIST = 3;

/** Counts failures in a row. A minute in order forgets them. */
export class RetryPolicy {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #timings: Timings;
  readonly #backoff: Backoff;
  #inOrderSince: number | undefined;
  #awaySince: number | undefined;
  #gone = 0;
  #answered = 0;

  constructor(clock: Clock, random: () => number, timings: Timings) {
    this.#clock = clock;
    this.#random = random;
    this.#timings = timings;
    this.#backoff = createBackoff({ baseMs: timings.backoffBaseMs, maxMs: timings.backoffMaxMs, random });
  }

  /** A list is complete, or a watch was accepted. */
  succeeded(): void {
    this.#inOrderSince ??= this.#clock.monotonic();
    this.#awaySince = undefined;
  }

  failed(error: SvclaneError): Verdict {
    this.#forgetOld();
    const { status, lost, retryAfterMs } = error.facts;
    if (status === 410) return { delayMs: this.#gone++ === 0 ? 0 : this.#backoff.next(), relist: true };
    if (lost === true) return { delayMs: this.#backoff.next(), relist: true };
    if (error.code === 'SVL_API_UNREACHABLE') this.#awaySince ??= this.#clock.monotonic();
    if (typeof retryAfterMs === 'number') return { delayMs: this.#askedDelay(retryAfterMs), relist: false };
    return { delayMs: this.#backoff.next(this.#cap()), relist: this.#isStuck(status) };
  }

  #forgetOld(): void {
    const since = this.#inOrderSince;
    this.#inOrderSince = undefined;
    if (since === undefined || this.#clock.monotonic() - since < this.#timings.healthyMs) return;
    this.#backoff.reset();
    this.#gone = 0;
    this.#answered = 0;
  }

  /**
   * A connection refused, cut or unanswered costs no server anything, and most such times end within a minute: a
   * restart, a failover. Endpoints that changed meanwhile must be followed within a second of its return, so delays are
   * capped, until it is in order: a server that has just started answers 403 and 5xx for a moment, while it loads what
   * it decides by. Not for ever, as an address that nobody answers at for minutes is likely wrong, or its server gone.
   */
  #cap(): number | undefined {
    const { awayMs, awayCapMs } = this.#timings;
    const away = this.#awaySince !== undefined && this.#clock.monotonic() - this.#awaySince < awayMs;
    return away ? awayCapMs : undefined;
  }

  /** Never earlier than asked; up to a tenth later, as everybody else was told the same. */
  #askedDelay(retryAfterMs: number): number {
    return Math.min(retryAfterMs, this.#timings.retryAfterMaxMs) * (1 + this.#random() / 10);
  }

  #isStuck(status: unknown): boolean {
    if (typeof status !== 'number' || status === 401 || status === 403 || status === 429) return false;
    this.#answered++;
    if (this.#answered < ANSWERED_FAILURES_BEFORE_RELIST) return false;
    this.#answered = 0;
    return true;
  }
}
