/**
 * Read buffers: one slab that every fast socket reads into, seen through windows of four sizes.
 *
 *   slab  |--------------------------------------------------| 1 MiB
 *   level 0 |16K|   level 1 |64K |   level 2 |256K   |   level 3 the whole
 *
 * A read fills a window and is written on before the next read of any socket, so that one slab is enough. What a peer
 * did not take at once is copied out and *held* by its flow. A flow's level bounds what it can hold, and the sum of
 * all that is held bounds the levels: once the budget is spent, every flow reads through the smallest window.
 */

const KIB = 1024;
const SLAB_BYTES = 1024 * KIB;
const LEVEL_BYTES: readonly number[] = [16 * KIB, 64 * KIB, 256 * KIB, SLAB_BYTES];
const DEFAULT_BUDGET_BYTES = 32 * 1024 * KIB;

/** The level that a flow starts with. */
export const FIRST_LEVEL = 1;
/** The largest level. */
export const LAST_LEVEL = LEVEL_BYTES.length - 1;

/** The slab and the account of held bytes. One per listener set; not to be shared between threads. */
export class ReadBuffers {
  readonly #slab: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
  readonly #windows: readonly Buffer[] = LEVEL_BYTES.map((bytes) => this.#slab.subarray(0, bytes));
  readonly #budgetBytes: number;
  #heldBytes = 0;

  constructor(budgetBytes: number = DEFAULT_BUDGET_BYTES) {
    this.#budgetBytes = budgetBytes;
  }

  /** Bytes that were read and not yet taken by a peer, over all flows. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** The window for the next read of a flow at `level`. Its content is good until the read callback returns. */
  window(level: number): Buffer {
    const allowed = this.#heldBytes < this.#budgetBytes ? level : 0;
    return this.#windows[allowed] ?? this.#slab;
  }

  hold(bytes: number): void {
    this.#heldBytes += bytes;
  }

  release(bytes: number): void {
    this.#heldBytes -= bytes;
  }
}
