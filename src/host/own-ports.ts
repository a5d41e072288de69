/**
 * Which own address and port stands for which frontend.
 *
 * For each protocol and family the slots are numbered: slot = (address number − 1) × ports in the range + port offset.
 *
 *   fresh ──take──▶ in use ──release──▶ resting (key remembered) ──take, same key──▶ in use
 *                     │                        └──take, another key, after the rest──▶ in use
 *                     └──move: somebody else holds the port──▶ resting (no key)
 *
 * The range lies above the kernel's ephemeral ports and Kubernetes' node ports, where no daemon has its fixed port:
 * while we listen on a port, nobody can listen on the wildcard address with it. A released slot rests because
 * conntrack may still send a known UDP flow to it.
 */

import { SvclaneError } from '../errors.ts';
import type { Clock } from '../lib/clock.ts';
import type { Binding } from '../model/capture.ts';
import type { Frontend } from '../model/route.ts';
import { MAX_OWN_ADDRESSES, ownAddress, ownAddressNumber } from './own-addresses.ts';

/** Longer than any usual conntrack timeout of UDP (30 s and 120 s). */
const REST_MS = 600_000;
const DEFAULT_FIRST = 61_000;
const LAST = 65_535;
const LEAST_PORTS = 1_024;

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** The own ports beside the kernel's ephemeral range, given as in `ip_local_port_range`; above it where there is room. */
export function ownPortRange(localPortRange: string): PortRange {
  const high = Number(/^\d+\s+(\d+)/.exec(localPortRange)?.[1] ?? 0);
  const above = Math.max(high + 1, DEFAULT_FIRST);
  return { first: LAST - above + 1 >= LEAST_PORTS ? above : DEFAULT_FIRST, last: LAST };
}

type Slotted = Pick<Frontend, 'key' | 'protocol' | 'family'>;

interface Space {
  readonly inUse: Map<string, number>;
  /** Oldest first. The key "#slot" = nobody's. */
  readonly resting: Map<string, { readonly slot: number; readonly sinceMs: number }>;
  /** Slots that somebody has or had. */
  readonly known: Set<number>;
  /** One more than the largest of them. */
  end: number;
  /** Below it, every slot is known. */
  next: number;
}

/** Gives each frontend a slot of its own and keeps it for as long as the frontend is in the table. */
export class OwnPorts {
  readonly #range: PortRange;
  readonly #clock: Clock;
  readonly #spaces = new Map<string, Space>();

  constructor(range: PortRange, clock: Clock) {
    this.#range = range;
    this.#clock = clock;
  }

  /** The binding of a frontend, taken now where it has none. Throws `SVL_CAPTURE` when there is no port left. */
  take(frontend: Slotted): Binding {
    const space = this.#space(frontend);
    const slot = space.inUse.get(frontend.key) ?? this.#free(space, frontend.key);
    space.inUse.set(frontend.key, slot);
    return this.#binding(frontend, slot);
  }

  /** The binding that the frontend has; `undefined` = none. */
  bindingOf(frontend: Slotted): Binding | undefined {
    const slot = this.#space(frontend).inUse.get(frontend.key);
    return slot === undefined ? undefined : this.#binding(frontend, slot);
  }

  /** Another binding for the frontend, because somebody else holds the port of the one it has. */
  move(frontend: Slotted): Binding {
    const space = this.#space(frontend);
    const old = space.inUse.get(frontend.key);
    if (old !== undefined) this.#rest(space, `#${old}`, old);
    space.inUse.delete(frontend.key);
    return this.take(frontend);
  }

  /** The frontend needs its slot no more. Should it come back, it gets the same one while it can. */
  release(frontend: Slotted): void {
    const space = this.#space(frontend);
    const slot = space.inUse.get(frontend.key);
    if (slot === undefined || !space.inUse.delete(frontend.key)) return;
    this.#rest(space, frontend.key, slot);
  }

  /** Remembers what a predecessor gave to a frontend, to give the same. A binding out of the range is ignored. */
  remember(frontend: Slotted, { address, port }: Binding): void {
    const n = ownAddressNumber(address);
    if (n < 1 || n > MAX_OWN_ADDRESSES || port < this.#range.first || port > this.#range.last) return;
    const slot = (n - 1) * this.#size + (port - this.#range.first);
    const space = this.#space(frontend);
    if (space.known.has(slot) || space.inUse.has(frontend.key)) return;
    learn(space, slot);
    this.#rest(space, frontend.key, slot);
  }

  /** How many own addresses a family needs, such that `spare` more frontends can be given a slot. At least 1. */
  addressesNeeded(family: Frontend['family'], spare: number): number {
    const needed = [...this.#spaces]
      .filter(([name]) => name.endsWith(family))
      .map(([, { end }]) => Math.ceil((end + spare) / this.#size));
    return Math.min(MAX_OWN_ADDRESSES, Math.max(1, ...needed));
  }

  get #size(): number {
    return this.#range.last - this.#range.first + 1;
  }

  #space({ protocol, family }: Slotted): Space {
    const name = `${protocol}/${family}`;
    const present = this.#spaces.get(name);
    if (present) return present;
    const space = { inUse: new Map(), resting: new Map(), known: new Set<number>(), end: 0, next: 0 };
    this.#spaces.set(name, space);
    return space;
  }

  #rest(space: Space, key: string, slot: number): void {
    space.resting.delete(key);
    space.resting.set(key, { slot, sinceMs: this.#clock.monotonic() });
  }

  #free(space: Space, key: string): number {
    const own = space.resting.get(key);
    if (own) {
      space.resting.delete(key);
      return own.slot;
    }
    return this.#fresh(space, 1) ?? this.#rested(space) ?? this.#fresh(space, MAX_OWN_ADDRESSES) ?? outOfPorts();
  }

  /** The next slot that nobody ever had, on the first `addresses` own addresses. */
  #fresh(space: Space, addresses: number): number | undefined {
    while (space.known.has(space.next)) space.next++;
    if (space.next >= addresses * this.#size) return undefined;
    learn(space, space.next);
    return space.next;
  }

  #rested(space: Space): number | undefined {
    const [oldest] = space.resting;
    if (!oldest || this.#clock.monotonic() - oldest[1].sinceMs < REST_MS) return undefined;
    space.resting.delete(oldest[0]);
    return oldest[1].slot;
  }

  #binding({ family }: Slotted, slot: number): Binding {
    const n = Math.floor(slot / this.#size) + 1;
    return { address: ownAddress(family, n), port: this.#range.first + (slot % this.#size) };
  }
}

function learn(space: Space, slot: number): void {
  space.known.add(slot);
  space.end = Math.max(space.end, slot + 1);
}

function outOfPorts(): never {
  throw new SvclaneError('SVL_CAPTURE', 'no own port is left for a frontend', {
    hint: 'leave more ports above net.ipv4.ip_local_port_range free',
  });
}
