/**
 * Runs cases of kind `udp-flows`: which flows end when the table changes.
 */

import { frontendKey } from '../../../src/routing/frontends.ts';
import { udpFlowEnd } from '../../../src/routing/udp-flows.ts';
import type { VectorCase } from '../vector-case.ts';
import { compareSets } from './compare.ts';
import { recordOf, recordsOf, stringOf, stringsOf } from './json-fields.ts';
import { nodeOf, playEvent, protocolOf, stateOf, tableOf } from './vector-cluster.ts';

/** The mismatches of one case; empty = passed. */
export function run({ input, expect }: VectorCase): string[] {
  // A node port is one at whatever address the client used.
  const asked = recordsOf(input.flows).map(({ destinationIP }) => stringOf(destinationIP));
  const node = nodeOf(input, { nodePortIPs: [...new Set([...stringsOf(input.nodeIPs), ...asked])] });
  const removed = recordsOf(input.removedServices);
  const state = stateOf({ ...input, services: [...recordsOf(input.services), ...removed] });
  const before = tableOf(state, node);
  for (const service of removed) playEvent(state, { op: 'delete', service });
  const after = tableOf(state, node, before);
  const ended = recordsOf(input.flows).filter((flow) => {
    const protocol = protocolOf(flow.protocol);
    const key = frontendKey(stringOf(flow.destinationIP), Number(flow.destinationPort), protocol);
    if (!before.routes.has(key)) return false;
    const backend = { address: stringOf(recordOf(flow).backendIP) };
    return udpFlowEnd(protocol, after.routes.get(key), backend) !== undefined;
  });
  const ids = ended.map(({ id }) => id);
  return compareSets('deletedFlowIds', ids, expect.deletedFlowIds);
}
