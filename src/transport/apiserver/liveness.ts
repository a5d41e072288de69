/**
 * Liveness: whether the other end of a tunnel is there still.
 *
 *   quiet for `quietMs` ──▶ ping ──▶ any byte: alive
 *                             └────▶ none for `answerMs` ──▶ dead
 *
 * A server that cannot pass on what it was sent reads no pings: while what we send is stuck, it is given `stuckMs`.
 * After a jump of the wall clock (the machine slept) the other end is asked at once.
 */

import type { Clock, Timer } from '../../lib/clock.ts';

export interface LivenessTimings {
  readonly quietMs: number;
  readonly answerMs: number;
  readonly stuckMs: number;
}

/** What is looked after. */
export interface LivenessSubject {
  /** `deaf` = we do not listen, on purpose; `stuck` = what we send is not taken. */
  condition(): 'good' | 'stuck' | 'deaf';
  ping(): void;
  dead(): void;
}

/** Looks after one tunnel until `stop`. */
export class Liveness {
  readonly #clock: Clock;
  readonly #timings: LivenessTimings;
  readonly #subject: LivenessSubject;
  #heardMs: number;
  #askedMs: number | undefined;
  #wallMs: number;
  #timer: Timer | undefined;

  constructor(clock: Clock, timings: LivenessTimings, subject: LivenessSubject) {
    this.#clock = clock;
    this.#timings = timings;
    this.#subject = subject;
    this.#heardMs = clock.monotonic();
    this.#wallMs = clock.now();
    this.#wait();
  }

  /** How long an answer is owed, in ms; 0 = none is. */
  get doubtMs(): number {
    return this.#askedMs === undefined ? 0 : this.#clock.monotonic() - this.#askedMs;
  }

  /** Something came. */
  heard(): void {
    this.#heardMs = this.#clock.monotonic();
    this.#askedMs = undefined;
  }

  /** Asks now, whatever was heard before. */
  ask(): void {
    if (this.#askedMs !== undefined) return;
    this.#askedMs = this.#clock.monotonic();
    this.#subject.ping();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #wait(): void {
    const tickMs = Math.min(this.#timings.quietMs, this.#timings.answerMs) / 2;
    this.#timer = this.#clock.setTimer(() => {
      this.#look(tickMs);
    }, tickMs);
  }

  #look(tickMs: number): void {
    const wallMs = this.#clock.now();
    const slept = wallMs - this.#wallMs > tickMs * 3;
    this.#wallMs = wallMs;
    const { quietMs, answerMs, stuckMs } = this.#timings;
    const condition = this.#subject.condition();
    if (condition === 'deaf') this.heard();
    const limitMs = condition === 'stuck' ? stuckMs : answerMs;
    if (this.doubtMs >= limitMs) {
      this.#subject.dead();
      return;
    }
    if (slept || this.#clock.monotonic() - this.#heardMs >= quietMs) this.ask();
    this.#wait();
  }
}
