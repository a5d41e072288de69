/**
 * Tables of the past that were made lately: found again, and gone on from, as long as somebody holds them.
 */

import type { RoutingTable } from '../model/route.ts';

const MAX_MADE = 4;

/** None of them keeps a table alive. */
export class MadeTables {
  #made: readonly WeakRef<RoutingTable>[] = [];

  add(table: RoutingTable): void {
    this.#made = [new WeakRef(table), ...this.#made].slice(0, MAX_MADE);
  }

  /** The oldest that is of this generation, or of a later one. */
  notBefore(generation: number): RoutingTable | undefined {
    let found: RoutingTable | undefined;
    for (const made of this.#made) {
      const table = made.deref();
      if (table && table.generation >= generation && table.generation < (found?.generation ?? Number.POSITIVE_INFINITY))
        found = table;
    }
    return found;
  }
}
