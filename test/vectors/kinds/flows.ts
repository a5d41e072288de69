/**
 * Runs cases of kind `flows`: the verdict on each connection. Whether the source address is preserved is not checked: a
 * userspace proxy shows its own.
 */

import { parseAddress } from '../../../src/model/address.ts';
import type { NodeContext } from '../../../src/model/route.ts';
import type { ClientClass } from '../../../src/routing/client-class.ts';
import { decide } from '../../../src/routing/decide.ts';
import { selectNodePortIPs } from '../../../src/routing/node-port-addresses.ts';
import type { JsonRecord, VectorCase } from '../vector-case.ts';
import { compare, compareSets, ifExpected } from './compare.ts';
import { recordOf, recordsOf, stringOf, stringsOf } from './json-fields.ts';
import { cidrsOf, nodeOf, protocolOf, stateOf, tableOf } from './vector-cluster.ts';

/** The mismatches of one case; empty = passed. */
export function run({ input, expect }: VectorCase): string[] {
  const table = tableOf(stateOf(input), environment(recordOf(input.env)));
  const expected = recordsOf(expect.flows);
  return recordsOf(input.flows).flatMap((flow, index) => {
    const wanted = expected[index] ?? {};
    const { action, endpoints } = decide(table, {
      destinationAddress: canonical(flow.destinationIP),
      destinationPort: Number(flow.port),
      protocol: protocolOf(flow.protocol),
      sourceAddress: canonical(flow.sourceIP),
      ...clientClassOf(flow.clientClass),
    });
    const keys = endpoints.map(({ key }) => key);
    const what = `flow ${index} (${flow.name})`;
    return [
      ...ifExpected(wanted.action, () => compare(what, action, wanted.action)),
      ...ifExpected(wanted.endpoints, () => compareSets(what, keys, wanted.endpoints)),
    ];
  });
}

function environment(env: JsonRecord): NodeContext {
  const nodeIPs = stringsOf(env.nodeIPs);
  return nodeOf(env, {
    nodePortIPs: selectNodePortIPs(stringsOf(env.nodePortAddresses), nodeIPs, stringsOf(env.primaryNodeIPs)),
    podCIDRs: env.localTrafficDetector === true ? cidrsOf(env.podCIDRs) : [],
    serviceCIDRs: cidrsOf(env.serviceCIDRs),
  });
}

function clientClassOf(value: unknown): { readonly clientClass?: ClientClass } {
  return value === 'pod' || value === 'node' || value === 'external' ? { clientClass: value } : {};
}

function canonical(value: unknown): string {
  return parseAddress(stringOf(value)) ?? '';
}
