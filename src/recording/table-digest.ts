/**
 * The digest of a table: one short text for all of its routes, kept up at the cost of what changes.
 *
 * It is the sum of a hash for each Service, so that the order does not matter and one can be taken out. It finds what
 * went wrong by accident; it is no proof against somebody who wants it to match.
 */

import type { ServiceRoutes } from '../model/route.ts';
import { routingText } from '../routing/routing-text.ts';

type Hash = readonly [number, number];

/** A digest that follows a table. It begins with that of a table without Services. */
export class TableDigest {
  readonly #hashes = new Map<string, Hash>();
  #low = 0;
  #high = 0;

  /** Puts the routes of a Service in the place of those it had; `undefined` = it is gone. */
  set(key: string, routes: ServiceRoutes | undefined): void {
    const before = this.#hashes.get(key);
    if (before) this.#add(before, -1);
    if (routes) {
      const hash = hashOf(routingText(routes));
      this.#hashes.set(key, hash);
      this.#add(hash, 1);
    } else this.#hashes.delete(key);
  }

  /** 16 hexadecimal digits. */
  get text(): string {
    return [this.#high, this.#low].map((half) => half.toString(16).padStart(8, '0')).join('');
  }

  #add([low, high]: Hash, sign: 1 | -1): void {
    this.#low = (this.#low + sign * low) >>> 0;
    this.#high = (this.#high + sign * high) >>> 0;
  }
}

/** Two hashes in one pass: FNV-1a, and a multiplication by another odd number, each with a final mix. */
function hashOf(text: string): Hash {
  let low = 0x811c9dc5;
  let high = 0x9e3779b9;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0x85ebca6b);
  }
  return [mix(low), mix(high)];
}

function mix(hash: number): number {
  const half = Math.imul(hash ^ (hash >>> 16), 0xc2b2ae35);
  return (half ^ (half >>> 13)) >>> 0;
}
