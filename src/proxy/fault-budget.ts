/**
 * Fault budget: what all flows under faults may hold together.
 */

const KIB = 1024;
/** What one direction holds at most while there is room: a delay cuts its rate to so much for each delay. */
const MOST_BYTES = 1024 * KIB;
/** The same once the budget is spent. */
const LEAST_BYTES = 16 * KIB;
const BUDGET_BYTES = 64 * 1024 * KIB;

/** The account of held bytes. One per listener set. */
export class FaultBudget {
  #heldBytes = 0;

  /** How much one direction may hold for the moment. */
  get share(): number {
    return this.#heldBytes < BUDGET_BYTES ? MOST_BYTES : LEAST_BYTES;
  }

  hold(bytes: number): void {
    this.#heldBytes += bytes;
  }

  release(bytes: number): void {
    this.#heldBytes -= bytes;
  }
}
