import t from 'tap';
import type { LaneTarget } from '../../src/model/route.ts';
import { buildClaims } from '../../src/routing/service-claims.ts';
import { nodeContext, rawEndpoint, rawService, rawSlice, serviceOf, sliceOf } from '../fixtures/routing.ts';

type Json = Record<string, unknown>;

const LANE: LaneTarget = {
  namespace: 'shop',
  service: 'web',
  port: 'http',
  protocol: 'TCP',
  address: '127.0.0.1',
  localPort: 8080,
};
const V4 = rawSlice('v4', [rawEndpoint('10.0.0.1')]);
const V6 = rawSlice('v6', [rawEndpoint('fd00::1')], { addressType: 'IPv6' });
const DUAL = { clusterIPs: ['10.96.0.15', 'fd96::f'], ipFamilies: ['IPv4', 'IPv6'] };
const HEADLESS = { clusterIP: 'None', clusterIPs: ['None'] };

function claim(spec: Json, slices: readonly Json[], lanes: readonly LaneTarget[] = [], metadata: Json = {}) {
  const service = serviceOf(rawService(spec, metadata));
  const node = nodeContext({ lanes });
  return buildClaims({ service, slices: slices.map(sliceOf), serviceProxyName: '', node, before: undefined });
}

t.test('a dual-stack Service has a ServicePort and its frontends in each family', async (t) => {
  const { ports, claims, localReadyIPs } = claim(DUAL, [V4, V6]);
  t.same(
    ports.map(({ key }) => key),
    ['shop/web:http/TCP/IPv4', 'shop/web:http/TCP/IPv6'],
  );
  t.same([...claims.keys()], ['10.96.0.15:80/TCP', '[fd96::f]:80/TCP']);
  t.same(
    ports.map(({ endpoints }) => endpoints.map(({ key }) => key)),
    [['10.0.0.1:8080'], ['[fd00::1]:8080']],
  );
  t.same(localReadyIPs, []);
});

t.test('a lane shares the ServicePort of the cluster IP where it can', async (t) => {
  const { ports, claims } = claim({}, [V4], [LANE]);
  t.equal(ports.length, 1);
  t.match(claims.get('127.0.0.1:8080/TCP'), { servicePort: { key: 'shop/web:http/TCP/IPv4' }, listens: true });
  t.equal(claims.get('127.0.0.1:8080/TCP')?.servicePort, claims.get('10.96.0.15:80/TCP')?.servicePort);
});

const OWN_LANES: readonly (readonly [name: string, spec: Json, metadata: Json])[] = [
  ['a headless Service', HEADLESS, {}],
  ['a Service with the headless label', {}, { labels: { 'service.kubernetes.io/headless': '' } }],
  ['a Service without a cluster IP', { clusterIP: '', clusterIPs: [] }, {}],
  ['internal policy Local', { internalTrafficPolicy: 'Local' }, {}],
];

for (const [name, spec, metadata] of OWN_LANES) {
  t.test(`a lane to ${name} has the cluster set of its own`, async (t) => {
    const { claims } = claim(spec, [V4], [LANE], metadata);
    t.match(claims.get('127.0.0.1:8080/TCP'), { servicePort: { key: 'shop/web:http/TCP/IPv4/lane' }, listens: true });
  });
}

const FAMILIES: readonly (readonly [
  name: string,
  families: readonly string[],
  slices: readonly Json[],
  family: string,
  listens: boolean,
])[] = [
  ['the primary where it has endpoints', ['IPv6', 'IPv4'], [V4, V6], 'IPv6', true],
  ['the other where the primary has none', ['IPv6', 'IPv4'], [V4], 'IPv4', true],
  ['the primary where none has', ['IPv6', 'IPv4'], [], 'IPv6', false],
];

for (const [name, ipFamilies, slices, family, listens] of FAMILIES) {
  t.test(`the family of a lane: ${name}`, async (t) => {
    const { claims } = claim({ ...HEADLESS, ipFamilies }, slices, [LANE]);
    t.match(claims.get('127.0.0.1:8080/TCP'), { servicePort: { family }, listens });
  });
}

const MISSING: readonly (readonly [name: string, lane: Partial<LaneTarget>, spec: Json])[] = [
  ['to a port name that is not there', { port: 'https' }, {}],
  ['to a port number that is not there', { port: 8080 }, {}],
  ['to another protocol', { protocol: 'UDP' }, {}],
  ['to another Service', { service: 'api' }, {}],
  ['to an ExternalName', {}, { type: 'ExternalName' }],
];

for (const [name, lane, spec] of MISSING) {
  t.test(`a lane ${name} has no route`, async (t) => {
    t.notOk(claim(spec, [V4], [{ ...LANE, ...lane }]).claims.has('127.0.0.1:8080/TCP'));
  });
}

t.test('several lanes may lead to one port, by name and by number', async (t) => {
  const { claims, ports } = claim(HEADLESS, [V4], [LANE, { ...LANE, port: 80, localPort: 8081 }]);
  t.same([...claims.keys()], ['127.0.0.1:8080/TCP', '127.0.0.1:8081/TCP']);
  t.equal(ports.length, 1);
});

t.test('two ports of one Service at one address: the first has it', async (t) => {
  const ports = [
    { name: 'a', port: 80 },
    { name: 'b', port: 80 },
  ];
  const { claims, doubles } = claim({ ports }, []);
  t.match([...claims.values()], [{ servicePort: { portName: 'a' } }]);
  t.match(doubles, [{ key: '10.96.0.15:80/TCP' }]);
});

t.test('an external IP that is a load-balancer IP too is guarded as one', async (t) => {
  const service = serviceOf(
    rawService({ externalIPs: ['198.51.100.4'] }, {}, { loadBalancer: { ingress: [{ ip: '198.51.100.4' }] } }),
  );
  const { claims } = buildClaims({ service, slices: [], serviceProxyName: '', node: nodeContext(), before: undefined });
  t.equal(claims.get('198.51.100.4:80/TCP')?.frontend.kind, 'loadBalancerIP');
});
