/**
 * Dial grace: how long a refusal is waited for, once the streams of a connection were accepted.
 *
 * The runtime accepts streams before it dials, so that nothing but time tells a port that accepts from one that is about to
 * refuse. A port that has answered a moment ago is likely to again, and a client is not kept waiting for long. A port that
 * has not, or has refused since, is given the time that a refusal takes also where everybody is busy: that is some times
 * what the acceptance took, which passes the same servers and grows with their load.
 */

import type { Clock } from '../../lib/clock.ts';

/** Limits of the grace, in ms: of a port that has answered lately, and of the others. */
export interface GraceLimits {
  readonly known: GraceRange;
  readonly unknown: GraceRange;
}

export interface GraceRange {
  readonly minMs: number;
  readonly maxMs: number;
  /** The grace is so many times what the acceptance took, within the limits. */
  readonly times: number;
}

export const GRACE_LIMITS: GraceLimits = {
  known: { minMs: 3, maxMs: 20, times: 2 },
  unknown: { minMs: 30, maxMs: 200, times: 8 },
};

/** An answer counts for so long. */
const LATELY_MS = 10_000;

/** What the ports of one pod did lately. */
export class DialGrace {
  readonly #clock: Clock;
  readonly #limits: GraceLimits;
  readonly #answeredMs = new Map<number, number>();

  constructor(clock: Clock, limits: GraceLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** The grace of a dial whose streams were accepted after `tookMs`; in ms. */
  of(port: number, tookMs: number): number {
    const atMs = this.#answeredMs.get(port);
    const isKnown = atMs !== undefined && this.#clock.monotonic() - atMs < LATELY_MS;
    const { minMs, maxMs, times } = isKnown ? this.#limits.known : this.#limits.unknown;
    return Math.min(maxMs, Math.max(minMs, tookMs * times));
  }

  /** Something came from the port. */
  answered(port: number): void {
    this.#answeredMs.set(port, this.#clock.monotonic());
  }

  refused(port: number): void {
    this.#answeredMs.delete(port);
  }
}
