/**
 * History: the tables of the past, in a bounded ring. They share what did not change, so that a revision costs its change.
 *
 *   base ── r1 ── r2 ── … ── newest        what r1 changed is the difference between base and r1
 *
 * What a revision changed is not kept but computed when it is asked for: following costs next to nothing.
 */

import type { RoutingTable } from '../model/route.ts';

/** How much is kept. Whatever was in force within `maxAgeMs` counts as young enough; the newest is always kept. */
export interface HistoryBounds {
  readonly maxRevisions: number;
  readonly maxAgeMs: number;
}

/** One table, and since when it has been in force, ms since the epoch. `previous` = the table that it replaced. */
export interface Revision {
  readonly table: RoutingTable;
  readonly atMs: number;
  readonly previous: RoutingTable;
}

/** The ring. Time is passed in, and must not go back by more than clocks do. */
export class History {
  readonly #bounds: HistoryBounds;
  readonly #revisions: Revision[] = [];
  #latest: RoutingTable;

  /** `base` is the table before the first revision: the empty one. */
  constructor(base: RoutingTable, bounds: HistoryBounds) {
    this.#latest = base;
    this.#bounds = bounds;
  }

  /** Adds the table that is in force from `atMs` on; the one that is the newest already changes nothing. */
  add(table: RoutingTable, atMs: number): void {
    if (table === this.#latest) return;
    this.#revisions.push({ table, atMs, previous: this.#latest });
    this.#latest = table;
    while (this.#isSpare(atMs)) this.#revisions.shift();
  }

  get size(): number {
    return this.#revisions.length;
  }

  /** `undefined` = nothing was added yet. */
  get oldest(): Revision | undefined {
    return this.#revisions[0];
  }

  /** The revision with this generation; `undefined` = it has left the ring, or has not come yet. */
  at(generation: number): Revision | undefined {
    const first = this.#revisions[0]?.table.generation ?? 0;
    const guess = this.#revisions[generation - first];
    if (guess?.table.generation === generation) return guess;
    return this.#revisions.find(({ table }) => table.generation === generation);
  }

  /** The revision that was in force at a time; `undefined` = that was before the oldest. */
  atTime(ms: number): Revision | undefined {
    return this.#revisions.findLast(({ atMs }) => atMs <= ms);
  }

  /** From the newest back to the oldest; with `upTo`, from that generation on. */
  *backwards(upTo = Number.POSITIVE_INFINITY): Generator<Revision> {
    for (let i = this.#revisions.length - 1; i >= 0; i--) {
      const revision = this.#revisions[i];
      if (revision && revision.table.generation <= upTo) yield revision;
    }
  }

  /** The oldest is spare when there are too many, or when it was replaced too long ago. */
  #isSpare(nowMs: number): boolean {
    const { maxRevisions, maxAgeMs } = this.#bounds;
    const [, second] = this.#revisions;
    if (!second) return false;
    return this.#revisions.length > maxRevisions || second.atMs <= nowMs - maxAgeMs;
  }
}
