/**
 * Runs cases of kind `no-local-endpoints`: the two values of the gauge.
 */

import { countNoLocalEndpoints } from '../../../src/routing/no-local-endpoints.ts';
import type { VectorCase } from '../vector-case.ts';
import { compare } from './compare.ts';
import { familyOfInput, nodeOf, stateOf, tableOf } from './vector-cluster.ts';

/** The mismatches of one case; empty = passed. */
export function run({ input, expect }: VectorCase): string[] {
  const table = tableOf(stateOf(input), nodeOf(input));
  const family = familyOfInput(input);
  const ports = [...table.services.values()].flatMap((routes) => routes.ports.filter((port) => port.family === family));
  return compare('noLocalEndpoints', countNoLocalEndpoints(ports), expect.noLocalEndpoints);
}
