import t from 'tap';
import { endpointSetOf } from '../../src/routing/endpoint-set.ts';
import { servicePortOf } from '../fixtures/balancing.ts';

const BOTH_LOCAL = servicePortOf([], { internalPolicyLocal: true, externalPolicyLocal: true });
const BOTH_CLUSTER = servicePortOf([]);

const LOCAL_SETS: readonly (readonly [
  kind: Parameters<typeof endpointSetOf>[0],
  client: 'pod' | 'node' | 'external',
  set: string,
])[] = [
  ['clusterIP', 'pod', 'local'],
  ['clusterIP', 'node', 'local'],
  ['clusterIP', 'external', 'local'],
  ['nodePort', 'external', 'local'],
  ['externalIP', 'external', 'local'],
  ['loadBalancerIP', 'external', 'local'],
  ['nodePort', 'pod', 'cluster'],
  ['loadBalancerIP', 'node', 'cluster'],
  ['local', 'node', 'cluster'],
  ['local', 'external', 'cluster'],
];

for (const [kind, client, set] of LOCAL_SETS) {
  t.test(`with both policies Local, a client of class ${client} at a ${kind} uses the ${set} set`, async (t) => {
    t.equal(endpointSetOf(kind, BOTH_LOCAL, client), set);
    t.equal(endpointSetOf(kind, BOTH_CLUSTER, client), 'cluster');
  });
}
