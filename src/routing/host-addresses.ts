/**
 * Host addresses: a loopback address of its own for each Service, so that all can have their true ports at once.
 *
 *   hash of namespace/name ──▶ place in the range ──taken?──▶ the next place, and so on
 *
 * The place depends on the name, so that a restart gives the same address, but for Services whose places collide; names
 * that come together are placed in order. A Service that goes keeps its place until the range is full.
 */

import { addressBytes, type Cidr, cidrContains, isLoopback, parseAddress } from '../model/address.ts';

/** Where addresses are taken from by default: 65,024 Services fit. */
export const DEFAULT_HOST_RANGE = '127.77.0.0/16';

/** The addresses that are given. Keys are those of Services, `namespace/name`. */
export interface HostAddresses {
  /** Gives an address to each key that has none, and marks those that are not among `keys` as gone. */
  follow(keys: Iterable<string>): void;
  /** `undefined` = the key has none: it was not followed, or the range is full. */
  addressOf(key: string): string | undefined;
  /** Who has an address; `undefined` = nobody. */
  keyAt(address: string): string | undefined;
  /** Followed keys for which no place was left. */
  readonly unplaced: readonly string[];
}

/**
 * What is wrong with a range for host addresses, for people; `undefined` = nothing. Only loopback ranges are usable, of
 * four addresses or more.
 */
export function hostRangeProblem({ family, text, prefix }: Cidr): string | undefined {
  if (family !== 'IPv4' || !isLoopback(text) || prefix < 8) return 'must be a range of 127.0.0.0/8';
  return prefix > 30 ? 'must have 4 addresses or more: a prefix of at most 30' : undefined;
}

/** Makes addresses out of a range that has no problem. */
export function createHostAddresses(range: Cidr): HostAddresses {
  return new Addresses(range);
}

class Addresses implements HostAddresses {
  readonly #range: Cidr;
  readonly #base: number;
  readonly #size: number;
  readonly #byKey = new Map<string, number>();
  readonly #byPlace = new Map<number, string>();
  /** Gone, the one that went first before the others. */
  readonly #gone = new Set<string>();
  #unplaced: readonly string[] = [];

  constructor(range: Cidr) {
    this.#range = range;
    this.#base = range.bytes.reduce((sum, byte) => sum * 256 + byte, 0);
    this.#size = 2 ** (32 - range.prefix);
  }

  get unplaced(): readonly string[] {
    return this.#unplaced;
  }

  follow(keys: Iterable<string>): void {
    const wanted = new Set(keys);
    for (const key of this.#byKey.keys()) {
      if (wanted.has(key)) this.#gone.delete(key);
      else this.#gone.add(key);
    }
    const fresh = [...wanted].filter((key) => !this.#byKey.has(key)).sort();
    this.#unplaced = fresh.filter((key) => !this.#place(key));
  }

  addressOf(key: string): string | undefined {
    const place = this.#gone.has(key) ? undefined : this.#byKey.get(key);
    return place === undefined ? undefined : this.#addressAt(place);
  }

  keyAt(address: string): string | undefined {
    if (!cidrContains(this.#range, address)) return undefined;
    const place = addressBytes(address).reduce((sum, byte) => sum * 256 + byte, 0) - this.#base;
    const key = this.#byPlace.get(place);
    return key !== undefined && this.#gone.has(key) ? undefined : key;
  }

  #place(key: string): boolean {
    const place = this.#freePlace(hash(key)) ?? this.#takeBack();
    if (place === undefined) return false;
    this.#byKey.set(key, place);
    this.#byPlace.set(place, key);
    return true;
  }

  #freePlace(start: number): number | undefined {
    for (let step = 0; step < this.#size; step++) {
      const place = (start + step) % this.#size;
      if (this.#isUsable(place) && !this.#byPlace.has(place)) return place;
    }
    return undefined;
  }

  /** The place of the Service that went first. */
  #takeBack(): number | undefined {
    for (const key of this.#gone) {
      const place = this.#byKey.get(key);
      this.#gone.delete(key);
      this.#byKey.delete(key);
      if (place !== undefined) return place;
    }
    return undefined;
  }

  /** Addresses that end in 0 or 255 look like those of networks, and some programs refuse them; 127.0.0.1 is localhost. */
  #isUsable(place: number): boolean {
    const value = this.#base + place;
    const last = value % 256;
    return last !== 0 && last !== 255 && value - 127 * 2 ** 24 !== 1;
  }

  #addressAt(place: number): string {
    const value = this.#base + place;
    const bytes = [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256);
    return parseAddress(bytes.join('.')) ?? '';
  }
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
