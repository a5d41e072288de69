/**
 * Token bucket: how many bytes a limited rate lets through, and when.
 */

/** So much of a second's bytes may go at once: what a late timer left over is not lost. */
const BURST_SECONDS = 0.1;

/** One bucket, empty at first. All times are monotonic, in ms. */
export class FaultBucket {
  readonly #bytesPerMs: number;
  readonly #depth: number;
  #tokens = 0;
  #filledMs: number;

  /** `atOnce`: so many bytes may have to be taken at once, however low the rate. */
  constructor(bytesPerSecond: number, atOnce: number, nowMs: number) {
    this.#bytesPerMs = bytesPerSecond / 1000;
    this.#depth = Math.max(2 * atOnce, bytesPerSecond * BURST_SECONDS);
    this.#filledMs = nowMs;
  }

  /** How many of `wanted` bytes may go; the rest has to wait. */
  take(wanted: number, nowMs: number): number {
    this.#fill(nowMs);
    const taken = Math.min(wanted, Math.floor(this.#tokens));
    this.#tokens -= taken;
    return taken;
  }

  /**
   * How long until `wanted` bytes, or half of what the bucket holds, may go at once; 0 = they may. Half: what the rate gives
   * while a timer is late must find room.
   */
  waitMs(wanted: number, nowMs: number): number {
    this.#fill(nowMs);
    return Math.max(0, (Math.min(wanted, Math.floor(this.#depth / 2)) - this.#tokens) / this.#bytesPerMs);
  }

  #fill(nowMs: number): void {
    this.#tokens = Math.min(this.#depth, this.#tokens + (nowMs - this.#filledMs) * this.#bytesPerMs);
    this.#filledMs = nowMs;
  }
}
