/**
 * Runs cases of kind `node-ips`: the node's own addresses and primary family.
 */

import { selectNodeIPs } from '../../../src/routing/node-ips.ts';
import type { VectorCase } from '../vector-case.ts';
import { compare } from './compare.ts';
import { stringOf, stringsOf } from './json-fields.ts';

/** The mismatches of one case; empty = passed. */
export function run({ input, expect }: VectorCase): string[] {
  const actual = new Map(Object.entries(selectNodeIPs(stringsOf(input.nodeAddresses), stringOf(input.bindAddress))));
  return Object.entries(expect).flatMap(([field, wanted]) => compare(field, actual.get(field), wanted));
}
