/**
 * Least connections: the endpoint with the fewest open flows; ties are broken by round robin.
 *
 * Slow start. An endpoint that enters the set has few open flows or none, and would get every new flow until it has
 * caught up. So it enters with a handicap that lifts it to the mean of those that were there; the handicap shrinks to
 * nothing, in a straight line, within {@link SLOW_START_MS}. At first it gets its fair share of new flows and no more,
 * then somewhat more, and after that time only its own flows count.
 *
 *   load = open + handicap × (time left ÷ SLOW_START_MS), rounded up
 */

import type { Endpoint } from '../model/endpoint.ts';
import type { Rotation } from './round-robin.ts';

/** How long the handicap of an endpoint that enters the set takes to vanish. */
export const SLOW_START_MS = 30_000;

/** What is known of one endpoint. `gone`: it left the ServicePort, and is forgotten with its last flow. */
interface Load {
  readonly key: string;
  open: number;
  handicap: number;
  sinceMs: number;
  gone: boolean;
}

/** The loads of one rotation's endpoints, at the same indices as `order`. */
interface Aligned {
  order: readonly Endpoint[];
  loads: readonly Load[];
}

/** The open flows of one ServicePort, and the choice by them. */
export class LeastConnections {
  readonly #loads = new Map<string, Load>();
  readonly #aligned = new Map<Rotation, Aligned>();
  #open = 0;

  /** The open flows of all endpoints together. */
  get open(): number {
    return this.#open;
  }

  opened(endpointKey: string): void {
    this.#load(endpointKey).open++;
    this.#open++;
  }

  ended(endpointKey: string): void {
    const load = this.#loads.get(endpointKey);
    if (!load || load.open === 0) return;
    load.open--;
    this.#open--;
    if (load.open === 0 && load.gone) this.#loads.delete(endpointKey);
  }

  /** Follows the endpoints of the ServicePort: one that left keeps its count until its flows have ended. */
  retain(endpointKeys: ReadonlySet<string>): void {
    for (const load of this.#loads.values()) {
      load.gone = !endpointKeys.has(load.key);
      if (load.gone && load.open === 0) this.#loads.delete(load.key);
    }
  }

  /** The least loaded endpoint of the rotation that is not in `tried`. */
  take(rotation: Rotation, tried: ReadonlySet<string> | undefined, nowMs: number): Endpoint | undefined {
    const { order, loads } = this.#align(rotation, nowMs);
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let step = 0; step < order.length; step++) {
      const index = (rotation.next + step) % order.length;
      const load = loads[index];
      if (load === undefined || tried?.has(load.key)) continue;
      const value = Math.ceil(loadAt(load, nowMs));
      if (value >= least) continue;
      best = index;
      least = value;
    }
    if (best < 0) return undefined;
    rotation.taken(best);
    return order[best];
  }

  #align(rotation: Rotation, nowMs: number): Aligned {
    const known = this.#aligned.get(rotation);
    if (known?.order === rotation.order) return known;
    const loads = rotation.order.map((endpoint) => this.#load(endpoint.key));
    if (known) slowStart(loads, new Set(known.loads), nowMs);
    const aligned = { order: rotation.order, loads };
    this.#aligned.set(rotation, aligned);
    return aligned;
  }

  #load(key: string): Load {
    const known = this.#loads.get(key);
    if (known) return known;
    const load: Load = { key, open: 0, handicap: 0, sinceMs: 0, gone: false };
    this.#loads.set(key, load);
    return load;
  }
}

function loadAt(load: Load, nowMs: number): number {
  if (load.handicap === 0) return load.open;
  const left = 1 - (nowMs - load.sinceMs) / SLOW_START_MS;
  return left > 0 ? load.open + load.handicap * left : load.open;
}

/** Lifts those that were not there before to the mean of those that were. */
function slowStart(loads: readonly Load[], before: ReadonlySet<Load>, nowMs: number): void {
  const stayed = loads.filter((load) => before.has(load));
  if (stayed.length === 0) return;
  const mean = stayed.reduce((sum, load) => sum + loadAt(load, nowMs), 0) / stayed.length;
  for (const load of loads) {
    if (before.has(load) || loadAt(load, nowMs) >= mean) continue;
    load.handicap = mean - load.open;
    load.sinceMs = nowMs;
  }
}
