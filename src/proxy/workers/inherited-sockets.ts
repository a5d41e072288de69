/**
 * Inherited sockets: what the helpers of a predecessor listened at, until helpers of ours have them.
 *
 *   expect(names) ──▶ take(places): kept ──of(worker, place)──▶ told to a helper ──adopted(worker)──▶ its own
 *                                     └── drop(place): closed
 *
 * While a socket is kept nobody accepts at it, and its clients wait in the kernel's queue.
 */

import { closeSync, fstatSync } from 'node:fs';
import type { SocketExchange } from '../../lib/socket-exchange.ts';
import { descriptorIn } from '../tcp-fast-socket.ts';
import { parseLentName } from './lent-names.ts';

interface Kept {
  readonly descriptor: number;
  /** The kernel's number of the socket: a descriptor that was closed may be another one's by now. */
  readonly inode: number;
}

interface Place {
  readonly kept: Kept[];
  /** The helper was told of them. */
  isTold: boolean;
}

/** Those of one process. A place is a helper's name of its first socket there. */
export class InheritedSockets {
  readonly #sockets: SocketExchange;
  /** Names in the exchange, by place. */
  readonly #expected = new Map<string, { readonly worker: number; readonly name: string }[]>();
  readonly #taking = new Map<string, Promise<unknown>>();
  readonly #places = new Map<number, Map<string, Place>>();

  constructor(sockets: SocketExchange) {
    this.#sockets = sockets;
  }

  /** The predecessor has these. */
  expect(names: readonly string[]): void {
    for (const name of names) {
      const lent = parseLentName(name);
      if (lent !== undefined) entry(this.#expected, lent.first, () => []).push({ worker: lent.worker, name });
    }
  }

  /** Takes what the predecessor's first `helpers` helpers had at these places. Resolves when all of it is there, whoever asked first. */
  async take(helpers: number, places: readonly string[]): Promise<void> {
    await Promise.all(places.map((place) => this.#taking.get(place) ?? this.#takePlace(helpers, place)));
  }

  /** Descriptors for a helper that is about to listen at this place. */
  of(worker: number, place: string): readonly number[] {
    const there = this.#places.get(worker)?.get(place);
    if (there === undefined) return [];
    there.isTold = true;
    return there.kept.map(({ descriptor }) => descriptor);
  }

  /** A helper has done all that it was told. */
  adopted(worker: number): void {
    const places = this.#places.get(worker);
    for (const [place, { isTold }] of places ?? []) if (isTold) places?.delete(place);
  }

  /** No helper is to listen at this place: what none was told of is closed. */
  drop(place: string): void {
    for (const places of this.#places.values()) {
      const there = places.get(place);
      if (there === undefined || there.isTold) continue;
      places.delete(place);
      for (const kept of there.kept) close(kept);
    }
  }

  /** A helper has died: what it had adopted died with it, the rest is for the one that follows. */
  died(worker: number): void {
    for (const [place, there] of this.#places.get(worker) ?? []) {
      const left = there.kept.filter(isOpen);
      if (left.length === 0) this.#places.get(worker)?.delete(place);
      else this.#places.get(worker)?.set(place, { kept: left, isTold: false });
    }
  }

  /** Closes all that no helper was told of. */
  close(): void {
    for (const places of [...this.#places.values()]) for (const place of [...places.keys()]) this.drop(place);
  }

  #takePlace(helpers: number, place: string): Promise<unknown> | undefined {
    const expected = this.#expected.get(place)?.filter(({ worker }) => worker <= helpers);
    if (expected === undefined) return undefined;
    const taking = Promise.all(expected.map(({ worker, name }) => this.#take(worker, place, name)));
    this.#taking.set(place, taking);
    return taking;
  }

  async #take(worker: number, place: string, name: string): Promise<void> {
    const descriptor = descriptorIn(await this.#sockets.take(name));
    if (descriptor < 0) return;
    const places = entry(this.#places, worker, () => new Map<string, Place>());
    entry(places, place, () => ({ kept: [], isTold: false })).kept.push({ descriptor, inode: inodeOf(descriptor) });
  }
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}

function close(kept: Kept): void {
  if (isOpen(kept)) closeSync(kept.descriptor);
}

function isOpen({ descriptor, inode }: Kept): boolean {
  return inodeOf(descriptor) === inode;
}

/** -1 = the descriptor is closed. */
function inodeOf(descriptor: number): number {
  try {
    return fstatSync(descriptor).ino;
  } catch {
    return -1;
  }
}
