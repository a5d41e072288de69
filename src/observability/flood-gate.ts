/**
 * Flood gate: at most so many lines of a kind in a window; what was left out is told at its end.
 */

import type { Clock, Timer } from '../lib/clock.ts';

export interface FloodGateOptions {
  readonly clock: Clock;
  readonly windowMs: number;
  /** Lines of one key in a window. */
  readonly perKey: number;
  /** Lines of all keys together in a window, and at most so many keys are told apart. */
  readonly total: number;
  /** Told once at the end of a window in which something was left out. */
  readonly onSuppressed: (lines: number, windowMs: number) => void;
}

/** Counts lines by key. A window begins with its first line. */
export class FloodGate {
  readonly #options: FloodGateOptions;
  readonly #counts = new Map<string, number>();
  #passed = 0;
  #suppressed = 0;
  #window: Timer | undefined;

  constructor(options: FloodGateOptions) {
    this.#options = options;
  }

  /** Whether a line of this key may be written. */
  allow(key: string): boolean {
    const { clock, windowMs, perKey, total } = this.#options;
    this.#window ??= clock.setTimer(() => this.#endWindow(), windowMs);
    const count = this.#counts.get(key) ?? 0;
    if (count >= perKey || this.#passed >= total) {
      this.#suppressed++;
      return false;
    }
    this.#counts.set(key, count + 1);
    this.#passed++;
    return true;
  }

  /** Ends the window at once. */
  close(): void {
    this.#window?.cancel();
    this.#endWindow();
  }

  #endWindow(): void {
    const suppressed = this.#suppressed;
    this.#counts.clear();
    this.#passed = 0;
    this.#suppressed = 0;
    this.#window = undefined;
    if (suppressed > 0) this.#options.onSuppressed(suppressed, this.#options.windowMs);
  }
}
