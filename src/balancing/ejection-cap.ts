/**
 * The cap of ejection: how many of a set of endpoints may be left out at once.
 */

import type { Endpoint } from '../model/endpoint.ts';

/** A set of eligible endpoints, divided. `eligible` counts those that are usable at all. */
export interface EjectionShare<Ejected> {
  /** Keys of those that are left out. */
  readonly avoided: ReadonlySet<string>;
  /** Ejected too, but used all the same. */
  readonly forced: readonly Ejected[];
  readonly eligible: number;
}

/**
 * Leaves out at most `maxPercent` (rounded down) of the endpoints that are not in `quarantined`: of those that are
 * ejected the ones that are to be longest. `ejectedOf` gives the ejection of an endpoint, where there is one.
 */
export function capEjections<Ejected extends { readonly untilMs: number; readonly endpoint: Endpoint }>(
  set: readonly Endpoint[],
  quarantined: ReadonlySet<string> | undefined,
  maxPercent: number,
  ejectedOf: (endpointKey: string) => Ejected | undefined,
): EjectionShare<Ejected> {
  const usable = quarantined === undefined ? set : set.filter(({ key }) => !quarantined.has(key));
  const ejected = usable.map(({ key }) => ejectedOf(key)).filter((one) => one !== undefined);
  const allowed = Math.floor((usable.length * maxPercent) / 100);
  ejected.sort((a, b) => b.untilMs - a.untilMs);
  const avoided = new Set(ejected.slice(0, allowed).map(({ endpoint }) => endpoint.key));
  return { avoided, forced: ejected.slice(allowed), eligible: usable.length };
}
