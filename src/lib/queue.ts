/**
 * A list that grows at its end and shrinks at its beginning, both at a constant cost however long it is.
 */

/** Places count from 0, the oldest that is there. */
export class Queue<T> {
  #items: (T | undefined)[] = [];
  /** So many at the beginning of `#items` are gone: these places are `undefined`. */
  #gone = 0;

  get length(): number {
    return this.#items.length - this.#gone;
  }

  at(place: number): T | undefined {
    return place < 0 ? undefined : this.#items[this.#gone + place];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Takes the oldest out. The space is given back when half of it is unused. */
  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const first = this.#items[this.#gone];
    this.#items[this.#gone] = undefined;
    this.#gone++;
    if (this.#gone * 2 < this.#items.length) return first;
    this.#items = this.#items.slice(this.#gone);
    this.#gone = 0;
    return first;
  }

  /** The place of the last item that `isBefore` holds for, where it holds for all up to one and for none after; -1 = none. */
  lastPlace(isBefore: (item: T) => boolean): number {
    let low = -1;
    let high = this.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      const item = this.at(middle);
      if (item !== undefined && isBefore(item)) low = middle;
      else high = middle;
    }
    return low;
  }
}
