/**
 * Idle meter: notices that a flow has moved no byte for a time, by looking now and then.
 */

/** One flow's. The time counts from the first look. */
export class IdleMeter {
  #bytes = 0;
  #sinceMs = Number.NaN;

  /** Whether the count has stood still for so long. `isBusy` = it does not have to move; `nowMs` is monotonic. */
  isOver(bytes: number, isBusy: boolean, nowMs: number, timeoutMs: number): boolean {
    if (!isBusy && bytes === this.#bytes && !Number.isNaN(this.#sinceMs)) return nowMs - this.#sinceMs >= timeoutMs;
    this.#bytes = bytes;
    this.#sinceMs = nowMs;
    return false;
  }
}
