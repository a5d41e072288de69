/**
 * Exponential backoff with full jitter.
 */

/** Delays that grow while something keeps failing. */
export interface Backoff {
  /**
   * The next delay in ms, uniform in [0, ceiling). The ceiling doubles from `baseMs` with each call and stops at
   * `maxMs`, or at `capMs` where that is lower; a cap also stops the growth, so that failures under a cap do not count
   * against those that come after it.
   */
  next(capMs?: number): number;
  /** Starts over from `baseMs`. */
  reset(): void;
}

/** What a backoff is made of. `random` gives [0, 1). */
export interface BackoffOptions {
  readonly baseMs: number;
  readonly maxMs: number;
  readonly random: () => number;
}

/** A backoff that has not failed yet. */
export function createBackoff({ baseMs, maxMs, random }: BackoffOptions): Backoff {
  let ceilingMs = baseMs;
  return {
    next(capMs = maxMs) {
      const limitMs = Math.min(capMs, maxMs);
      const delayMs = random() * Math.min(ceilingMs, limitMs);
      if (ceilingMs < limitMs) ceilingMs = Math.min(ceilingMs * 2, limitMs);
      return delayMs;
    },
    reset() {
      ceilingMs = baseMs;
    },
  };
}
