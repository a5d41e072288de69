/**
 * Live set: what lives, in the order in which it came; for things that come and go by the thousand.
 *
 *   items   [ a ][   ][ c ][ d ][   ][ f ]        places: a → 0, c → 2, d → 3, f → 5
 *                                          ▲ end   with more gaps than items it is made dense again, in place
 *
 * A `Set` leaves a chain behind: V8 makes a new table for every few dozen that come, and the old table leads to the new one.
 * Once one of them has grown old, all later ones, with everything that was in them, look alive to the collector of young
 * objects, which copies them, until all of the heap is collected.
 */

/** So many gaps are left alone. */
const GAPS_TO_PACK = 32;

/** Insertion-ordered. Items may come and go while it is iterated; those that come are seen. */
export class LiveSet<T extends { readonly id: string }> implements Iterable<T> {
  readonly #items: (T | undefined)[] = [];
  /** By id: an old table of these leads to nothing large. */
  readonly #places = new Map<string, number>();
  #end = 0;
  #walkers = 0;

  get size(): number {
    return this.#places.size;
  }

  get(id: string): T | undefined {
    const place = this.#places.get(id);
    return place === undefined ? undefined : this.#items[place];
  }

  /** Puts it at the end; `item.id` must not be there. */
  add(item: T): void {
    if (this.#walkers === 0 && this.#end >= 2 * this.size + GAPS_TO_PACK) this.#pack();
    this.#places.set(item.id, this.#end);
    this.#items[this.#end] = item;
    this.#end += 1;
  }

  /** `false` = it was not there. */
  delete(item: T): boolean {
    const place = this.#places.get(item.id);
    if (place === undefined || this.#items[place] !== item) return false;
    this.#places.delete(item.id);
    this.#items[place] = undefined;
    return true;
  }

  *[Symbol.iterator](): Iterator<T> {
    this.#walkers += 1;
    try {
      for (let place = 0; place < this.#end; place++) {
        const item = this.#items[place];
        if (item !== undefined) yield item;
      }
    } finally {
      this.#walkers -= 1;
    }
  }

  /** Never shortens the array: a longer one would be made later, and the old one stay for a while with all its items. */
  #pack(): void {
    let end = 0;
    for (let place = 0; place < this.#end; place++) {
      const item = this.#items[place];
      if (item === undefined) continue;
      if (place > end) this.#move(item, place, end);
      end += 1;
    }
    this.#end = end;
  }

  #move(item: T, from: number, to: number): void {
    this.#items[from] = undefined;
    this.#items[to] = item;
    this.#places.set(item.id, to);
  }
}
