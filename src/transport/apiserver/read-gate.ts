/**
 * Read gate: stops reading a tunnel while too much is held for those who do not read.
 *
 *   held by one   HELD_ALONE    stops the tunnel at once where he is alone on it: plain backpressure
 *                 HELD_SHARED   otherwise; from then on the others wait for him, for `stallMs`, then he is cut off
 */

import type { Clock, Timer } from '../../lib/clock.ts';

/** Who holds bytes. */
export interface Holder {
  /** What is held now. */
  readonly held: number;
  /** He held others up for too long. */
  stalled(): void;
}

const HELD_SHARED_BYTES = 4_194_304;

/** What a gate needs of its tunnel. */
export interface GatedFlow {
  /** Whether several connections are on it. */
  isShared(): boolean;
  stop(): void;
  go(): void;
}

/** The gate of one tunnel. */
export class ReadGate {
  readonly #clock: Clock;
  readonly #stallMs: number;
  readonly #flow: GatedFlow;
  /** With what each held when he was last looked at, and what he has to be below to be let off. */
  readonly #holders = new Map<Holder, number>();
  #isStopped = false;
  #timer: Timer | undefined;

  constructor(clock: Clock, stallMs: number, flow: GatedFlow) {
    this.#clock = clock;
    this.#stallMs = stallMs;
    this.#flow = flow;
  }

  /** Whether anybody holds bytes. */
  get isHolding(): boolean {
    return this.#holders.size > 0;
  }

  /** A holder holds so many bytes; 0 = none. */
  holds(holder: Holder, bytes: number): void {
    if (bytes === 0) this.#holders.delete(holder);
    else if (!this.#holders.has(holder)) this.#holders.set(holder, Number.POSITIVE_INFINITY);
    const limit = this.#flow.isShared() ? HELD_SHARED_BYTES : 0;
    const stop = [...this.#holders.keys()].some(({ held }) => held > limit);
    if (stop === this.#isStopped) return;
    this.#isStopped = stop;
    if (stop) this.#stop();
    else this.#go();
  }

  close(): void {
    this.#timer?.cancel();
    this.#holders.clear();
  }

  #stop(): void {
    this.#flow.stop();
    for (const holder of this.#holders.keys()) this.#holders.set(holder, holder.held);
    this.#timer = this.#clock.setTimer(() => this.#judge(), this.#stallMs);
  }

  #go(): void {
    this.#timer?.cancel();
    this.#flow.go();
  }

  /** Cuts off who has taken nothing since the stop. */
  #judge(): void {
    const stalled = [...this.#holders].filter(
      ([holder, before]) => holder.held > HELD_SHARED_BYTES && holder.held >= before,
    );
    if (this.#flow.isShared()) for (const [holder] of stalled) holder.stalled();
    if (this.#isStopped) this.#stop();
  }
}
