/**
 * Random balancing: every eligible endpoint with the same probability, whatever came before.
 */

import type { Endpoint } from '../model/endpoint.ts';

/** One of `eligible` that is not in `tried`, or `undefined` where nobody is left. `random` gives 0 to below 1. */
export function pickRandom(
  eligible: readonly Endpoint[],
  tried: ReadonlySet<string> | undefined,
  random: () => number,
): Endpoint | undefined {
  if (tried === undefined || tried.size === 0) return eligible[Math.floor(random() * eligible.length)];
  let left = 0;
  for (const endpoint of eligible) if (!tried.has(endpoint.key)) left++;
  let skip = Math.floor(random() * left);
  for (const endpoint of eligible) if (!tried.has(endpoint.key) && skip-- === 0) return endpoint;
  return undefined;
}
