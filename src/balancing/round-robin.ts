/**
 * Round robin: a rotation over one set of endpoints.
 *
 *   order   [a] [b] [c] [d]      sorted by key, so the order in which endpoints are given does not matter
 *                    ^ next      the one after the last that was taken; the first is at random
 *
 * Each take moves `next` behind the endpoint taken, whoever asks: over any run of takes from an unchanged set, two
 * endpoints differ by one at most. When the set changes the rotation goes on behind the last key taken, so an endpoint
 * that comes or goes neither restarts it nor moves traffic to one endpoint. A retry takes from the same rotation: what
 * a dead endpoint cannot serve is shared by all others, not given to its neighbour.
 */

import type { Endpoint } from '../model/endpoint.ts';

/** The rotation over one set of endpoints of one ServicePort. Call `follow` with the set before every other call. */
export class Rotation {
  readonly #random: () => number;
  #given: readonly Endpoint[] = [];
  #order: readonly Endpoint[] = [];
  #next = 0;
  #lastKey: string | undefined;

  /** `random` gives numbers from 0 to below 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** The set, sorted by key: a new array exactly when `follow` was given another one. */
  get order(): readonly Endpoint[] {
    return this.#order;
  }

  /** The index in `order` at which the next turn starts. */
  get next(): number {
    return this.#next;
  }

  /** Goes over to another set; the same array again costs nothing. Arrays are never changed in place. */
  follow(eligible: readonly Endpoint[]): void {
    if (eligible === this.#given) return;
    this.#given = eligible;
    this.#order = sorted(eligible);
    const start = this.#lastKey === undefined ? this.#randomStart() : firstAfter(this.#order, this.#lastKey);
    this.#next = start < this.#order.length ? start : 0;
  }

  /** The endpoint whose turn it is, or `undefined` where all have been tried. */
  take(tried: ReadonlySet<string> | undefined): Endpoint | undefined {
    for (let step = 0; step < this.#order.length; step++) {
      const index = (this.#next + step) % this.#order.length;
      const endpoint = this.#order[index];
      if (endpoint === undefined || tried?.has(endpoint.key)) continue;
      this.taken(index);
      return endpoint;
    }
    return undefined;
  }

  /** Notes that the endpoint at this index of `order` was taken: the next turn starts behind it. */
  taken(index: number): void {
    this.#lastKey = this.#order[index]?.key;
    this.#next = index + 1 < this.#order.length ? index + 1 : 0;
  }

  /** The endpoint of the set with this key, by binary search. */
  find(key: string): Endpoint | undefined {
    const endpoint = this.#order[firstAfter(this.#order, key) - 1];
    return endpoint?.key === key ? endpoint : undefined;
  }

  #randomStart(): number {
    return Math.floor(this.#random() * this.#order.length);
  }
}

function sorted(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  for (let i = 1; i < endpoints.length; i++) {
    if ((endpoints[i]?.key ?? '') < (endpoints[i - 1]?.key ?? '')) return endpoints.toSorted(byKey);
  }
  return endpoints;
}

function byKey(a: Endpoint, b: Endpoint): number {
  if (a.key === b.key) return 0;
  return a.key < b.key ? -1 : 1;
}

/** The index of the first endpoint whose key is greater; the length where there is none. */
function firstAfter(order: readonly Endpoint[], key: string): number {
  let low = 0;
  let high = order.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((order[middle]?.key ?? '') <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}
