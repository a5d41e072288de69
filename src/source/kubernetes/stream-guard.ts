/**
 * Notices a stream that went silent, or that outlives its time: a half-open connection gives no other sign.
 */

import type { Clock, Timer } from '../../lib/clock.ts';

/** Both from now on, in ms: silence between two signs of life, and the whole life. */
export interface GuardLimits {
  readonly silenceMs: number;
  readonly totalMs: number;
}

/** Aborts `signal` when a limit is passed; `expired` tells which. */
export class StreamGuard {
  readonly #clock: Clock;
  readonly #controller = new AbortController();
  #limits: GuardLimits;
  #lastMs: number;
  #deadlineMs: number;
  #timer: Timer | undefined;
  #expired: 'silent' | 'overdue' | undefined;

  constructor(clock: Clock, limits: GuardLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#lastMs = clock.monotonic();
    this.#deadlineMs = this.#lastMs + limits.totalMs;
    this.#arm();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get expired(): 'silent' | 'overdue' | undefined {
    return this.#expired;
  }

  /** A sign of life. Costs no timer: the one that runs looks how long ago it was. */
  touch(): void {
    this.#lastMs = this.#clock.monotonic();
  }

  /** Other limits, counted from now. */
  limit(limits: GuardLimits): void {
    this.touch();
    this.#limits = limits;
    this.#deadlineMs = this.#lastMs + limits.totalMs;
    this.#arm();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #arm(): void {
    this.#timer?.cancel();
    const dueMs = Math.min(this.#lastMs + this.#limits.silenceMs, this.#deadlineMs);
    this.#timer = this.#clock.setTimer(() => this.#check(), Math.max(1, dueMs - this.#clock.monotonic()));
  }

  #check(): void {
    const nowMs = this.#clock.monotonic();
    if (nowMs >= this.#deadlineMs) this.#expire('overdue');
    else if (nowMs >= this.#lastMs + this.#limits.silenceMs) this.#expire('silent');
    else this.#arm();
  }

  #expire(why: 'silent' | 'overdue'): void {
    this.#expired = why;
    this.#controller.abort(new Error(`the watch is ${why}`));
  }
}
