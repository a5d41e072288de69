/**
 * Waiting room: the clients of one frontend that are held while no endpoint is there for them.
 *
 *   enter ──an endpoint may be there──▶ tryAgain (stays where there is none) ──▶ leave
 *     └─────after maxWaitMs, or when the frontend stops listening───────────▶ waitOver
 */

import type { Clock, Timer } from '../lib/clock.ts';

/** One who waits. It leaves by itself, in either call or later. */
export interface Waiter {
  tryAgain(): void;
  waitOver(): void;
}

interface Stay {
  readonly sinceMs: number;
  readonly timer: Timer;
}

/** The room of one frontend. How many may wait is for who lets them in to say. */
export class WaitingRoom {
  readonly #clock: Clock;
  readonly #stays = new Map<Waiter, Stay>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#stays.size;
  }

  /** One who waits already goes on, with the time that it has left. */
  enter(waiter: Waiter, maxWaitMs: number): void {
    if (this.#stays.has(waiter)) return;
    const timer = this.#clock.setTimer(() => waiter.waitOver(), maxWaitMs);
    this.#stays.set(waiter, { sinceMs: this.#clock.monotonic(), timer });
  }

  /** How long it has waited, in ms; `undefined` = it did not. */
  leave(waiter: Waiter): number | undefined {
    const stay = this.#stays.get(waiter);
    if (stay === undefined) return undefined;
    this.#stays.delete(waiter);
    stay.timer.cancel();
    return this.#clock.monotonic() - stay.sinceMs;
  }

  /** An endpoint may be there: all try, the one that came first before the others. */
  wake(): void {
    for (const waiter of [...this.#stays.keys()]) if (this.#stays.has(waiter)) waiter.tryAgain();
  }

  /** Nobody is served here any more. */
  clear(): void {
    for (const waiter of [...this.#stays.keys()]) if (this.#stays.has(waiter)) waiter.waitOver();
  }
}
