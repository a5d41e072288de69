import t from 'tap';
import type { ServicePort } from '../../src/model/route.ts';
import { buildLanePort, buildServicePort } from '../../src/routing/service-port.ts';
import { servicePortsOf } from '../../src/routing/service-ports.ts';
import { nodeContext, rawEndpoint, rawService, rawSlice, serviceOf, sliceOf } from '../fixtures/routing.ts';

type Json = Record<string, unknown>;

const SLICES = [sliceOf(rawSlice('a', [rawEndpoint('10.0.0.1', { nodeName: 'node-a' }), rawEndpoint('10.0.0.2')]))];

function build(
  spec: Json,
  status: Json = {},
  nodeIPs = ['192.168.0.2'],
  previous: readonly ServicePort[] = [],
): ServicePort {
  const service = serviceOf(rawService(spec, {}, status));
  const [facts] = servicePortsOf(service, 'IPv4', '');
  if (!facts) throw new Error('no port');
  const known = new Map(previous.map((port) => [port.key, port]));
  return buildServicePort(facts, { service, slices: SLICES, node: nodeContext({ nodeIPs }), previous: known });
}

const INGRESS = { loadBalancer: { ingress: [{ ip: '198.51.100.4' }, { ip: '198.51.100.5' }] } };

const NEEDS: readonly (readonly [name: string, spec: Json, cluster: number | undefined, local: number | undefined])[] =
  [
    ['policy Cluster', {}, 2, undefined],
    ['internal Local', { internalTrafficPolicy: 'Local' }, undefined, 1],
    [
      'internal Local, reached from outside',
      { internalTrafficPolicy: 'Local', ports: [{ name: 'http', port: 80, nodePort: 30_080 }] },
      2,
      1,
    ],
    ['external Local', { externalTrafficPolicy: 'Local', externalIPs: ['203.0.113.9'] }, 2, 1],
    [
      'external Local of a port that nobody reaches from outside',
      { externalTrafficPolicy: 'Local', type: 'LoadBalancer' },
      2,
      undefined,
    ],
  ];

for (const [name, spec, cluster, local] of NEEDS) {
  t.test(`${name}: the sets that are used`, async (t) => {
    const port = build(spec);
    t.equal(port.clusterEndpoints?.length, cluster);
    t.equal(port.localEndpoints?.length, local);
  });
}

t.test('ranges that let the node in let the load-balancer IPs in', async (t) => {
  const ranges = (nodeIPs: string[], loadBalancerSourceRanges: string[]): string[] =>
    build({ loadBalancerSourceRanges }, INGRESS, nodeIPs).sourceRanges.map(({ text }) => text);
  t.same(ranges(['192.168.0.2'], ['192.168.0.0/24']), ['192.168.0.0/24', '198.51.100.4/32', '198.51.100.5/32']);
  t.same(ranges(['192.168.1.2'], ['192.168.0.0/24']), ['192.168.0.0/24']);
  t.same(ranges(['192.168.1.2'], []), []);
});

t.test('what did not change keeps its identity', async (t) => {
  const before = build({});
  t.equal(build({}, {}, undefined, [before]), before);
  const after = build({ sessionAffinity: 'ClientIP' }, {}, undefined, [before]);
  t.not(after, before);
  t.equal(after.endpoints[0], before.endpoints[0]);
  t.equal(after.clusterEndpoints?.[1], before.clusterEndpoints?.[1]);
});

t.test('the port of a lane knows no policy, and has its own key', async (t) => {
  const service = serviceOf(rawService({ internalTrafficPolicy: 'Local', clusterIP: 'None', clusterIPs: ['None'] }));
  const [spec] = service.ports;
  const source = { service, slices: SLICES, node: nodeContext(), previous: new Map() };
  const port = spec && buildLanePort(spec, 'IPv4', source);
  t.match(port, {
    key: 'shop/web:http/TCP/IPv4/lane',
    internalPolicyLocal: false,
    localEndpoints: undefined,
    nodePort: 0,
  });
  t.equal(port?.clusterEndpoints?.length, 2);
});
