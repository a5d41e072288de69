/**
 * Runs cases of kind `nodeport-addresses`: which local addresses answer node ports.
 */

import { IP_FAMILIES } from '../../../src/model/address.ts';
import { containsIPv4Loopback, selectNodePorts } from '../../../src/routing/node-port-addresses.ts';
import type { VectorCase } from '../vector-case.ts';
import { compare, compareSets } from './compare.ts';
import { recordOf, stringsOf } from './json-fields.ts';

/** The mismatches of one case; empty = passed. */
export function run({ input, expect }: VectorCase): string[] {
  const configured = stringsOf(input.nodePortAddresses);
  const interfaces = stringsOf(input.interfaceAddresses);
  const primary = stringsOf(input.primaryNodeIPs ?? input.nodeIPs ?? input.interfaceAddresses);
  const loopback = recordOf(expect.containsIPv4Loopback);
  return IP_FAMILIES.flatMap((family) => {
    const { matchAll, ips } = selectNodePorts(configured, interfaces, primary, family);
    const wanted = expect[family] === undefined ? { matchAll, ips } : recordOf(expect[family]);
    const contains = containsIPv4Loopback(configured, primary, family);
    return [
      ...compare(`${family} matchAll`, matchAll, wanted.matchAll),
      ...compareSets(`${family} ips`, ips, wanted.ips),
      ...compare(`${family} loopback`, contains, loopback[family] ?? contains),
    ];
  });
}
