import t from 'tap';
import type { NodeContext } from '../../src/model/route.ts';
import type { DecisionQuery } from '../../src/routing/decision.ts';
import { explain } from '../../src/routing/explain.ts';
import { CONDITIONS, rawEndpoint, rawService, rawSlice, rawSliceOf, tableWith } from '../fixtures/routing.ts';

type Json = Readonly<Record<string, unknown>>;

interface Case {
  readonly objects: readonly Json[];
  readonly node?: Partial<NodeContext>;
  readonly query?: DecisionQuery;
  /** `reason`, then one line a remedy. */
  readonly told: readonly string[];
}

const WEB = { namespace: 'shop', service: 'web' };
const READY = [rawEndpoint('10.0.0.1')];
const OLD = { name: 'old', creationTimestamp: '2020-01-01T00:00:00Z' };
const BALANCED = { loadBalancer: { ingress: [{ ip: '198.51.100.4' }] } };

const CASES: Readonly<Record<string, Case>> = {
  'a client that has an endpoint': { objects: [rawService(), rawSlice('a', READY)], told: ['FORWARD'] },
  'policy Local without a local endpoint': {
    objects: [
      rawService({ internalTrafficPolicy: 'Local' }),
      rawSlice('a', [
        rawEndpoint('10.0.0.1', { nodeName: 'node-c', targetRef: { kind: 'Pod', name: 'web-1' } }),
        rawEndpoint('10.0.0.2', { nodeName: 'node-b' }),
      ]),
    ],
    told: [
      'NO_LOCAL_ENDPOINT',
      'Service web spec.internalTrafficPolicy="Cluster" 2',
      'EndpointSlice a endpoints[0].nodeName="node-a" (web-1) 1',
      'Client node="node-b" 1',
    ],
  },
  'a local endpoint that is not ready comes before others': {
    objects: [
      rawService({ internalTrafficPolicy: 'Local' }),
      rawSlice('a', [
        ...[1, 2, 3, 4].map((host) => rawEndpoint(`10.0.0.${host}`, { conditions: CONDITIONS.notReady })),
        rawEndpoint('10.0.0.9', { conditions: CONDITIONS.notReady, nodeName: 'node-a' }),
      ]),
    ],
    told: ['NO_ENDPOINT', 'EndpointSlice a endpoints[4].conditions.ready=true 1'],
  },
  'an endpoint that ends': {
    objects: [rawService(), rawSlice('a', [rawEndpoint('10.0.0.1', { conditions: CONDITIONS.dead })])],
    told: ['NO_ENDPOINT', 'EndpointSlice a endpoints[0].conditions.serving=true 1'],
  },
  'a slice port of another name': {
    objects: [rawService(), rawSlice('a', READY, { ports: [{ name: 'https', port: 8443 }] })],
    told: ['NO_ENDPOINT', 'EndpointSlice a ports[0].name="http" 1'],
  },
  'a slice port of another protocol': {
    objects: [rawService(), rawSlice('a', READY, { ports: [{ name: 'http', port: 80, protocol: 'UDP' }] })],
    told: ['NO_ENDPOINT', 'EndpointSlice a ports[0].protocol="TCP" 1'],
  },
  'a slice port without a number, where the Service says which': {
    objects: [
      rawService({ ports: [{ name: 'http', port: 80, targetPort: 8080 }] }),
      rawSlice('a', READY, { ports: [{ name: 'http' }] }),
    ],
    told: ['NO_ENDPOINT', 'EndpointSlice a ports[0].port=8080 1'],
  },
  'a slice port without a number, where nobody knows which': {
    objects: [rawService(), rawSlice('a', READY, { ports: [{ name: 'http' }] })],
    told: ['NO_ENDPOINT'],
  },
  'two things wrong at once': {
    objects: [
      rawService(),
      rawSlice('a', [rawEndpoint('10.0.0.1', { conditions: CONDITIONS.notReady })], {
        ports: [{ name: 'https', port: 1 }],
      }),
    ],
    told: ['NO_ENDPOINT'],
  },
  'no slice at all': { objects: [rawService()], told: ['NO_ENDPOINT'] },
  'a Service of another proxy': {
    objects: [rawService({}, { labels: { 'service.kubernetes.io/service-proxy-name': 'x' } }), rawSlice('a', READY)],
    told: ['SVC_OTHER_PROXY', 'Service web metadata.labels["service.kubernetes.io/service-proxy-name"]=nil 1'],
  },
  'the label of headless Services': {
    objects: [rawService({}, { labels: { 'service.kubernetes.io/headless': '' } }), rawSlice('a', READY)],
    told: ['SVC_HEADLESS', 'Service web metadata.labels["service.kubernetes.io/headless"]=nil 1'],
  },
  'a headless Service': {
    objects: [rawService({ clusterIP: 'None', clusterIPs: ['None'] }), rawSlice('a', READY)],
    told: ['SVC_HEADLESS'],
  },
  'an ExternalName': {
    objects: [rawService({ type: 'ExternalName', clusterIP: '', clusterIPs: [] })],
    told: ['SVC_EXTERNALNAME'],
  },
  'an address that an older Service has': {
    objects: [rawService(), rawSlice('a', READY), rawService({}, OLD), rawSliceOf('old', 'o', [])],
    told: ['FRONTEND_CONFLICT', 'Service shop/old =nil 1'],
  },
  'a port that is not there': {
    objects: [rawService(), rawSlice('a', READY)],
    query: { ...WEB, port: 'grpc' },
    told: ['PORT_UNKNOWN', 'Client port="http/tcp" 1'],
  },
  'another port of a cluster IP': {
    objects: [rawService(), rawSlice('a', READY)],
    query: { destinationAddress: '10.96.0.15', destinationPort: 81, protocol: 'TCP' },
    told: ['PORT_UNKNOWN', 'Client port="http/tcp" 1'],
  },
  'a family that is not there': {
    objects: [rawService(), rawSlice('a', READY)],
    query: { ...WEB, family: 'IPv6' },
    told: ['FAMILY_NONE', 'Client family="IPv4" 1'],
  },
  'a source that is denied': {
    objects: [rawService({ loadBalancerSourceRanges: ['10.0.0.0/8'] }, {}, BALANCED), rawSlice('a', READY)],
    query: { destinationAddress: '198.51.100.4', destinationPort: 80, protocol: 'TCP', sourceAddress: '203.0.113.2' },
    told: ['SOURCE_DENIED', 'Service web spec.loadBalancerSourceRanges=nil 1', 'Client source="10.0.0.0/8" 1'],
  },
  SCTP: {
    objects: [
      rawService({ ports: [{ name: 'sig', port: 80, protocol: 'SCTP' }] }),
      rawSlice('a', READY, { ports: [{ name: 'sig', port: 80, protocol: 'SCTP' }] }),
    ],
    told: ['PORT_UNSUPPORTED'],
  },
  'an address of nobody': {
    objects: [rawService()],
    query: { destinationAddress: '192.0.2.1', destinationPort: 80, protocol: 'TCP' },
    told: ['NOT_OURS'],
  },
};

for (const [name, { objects, node, query = WEB, told }] of Object.entries(CASES)) {
  t.test(`${name}: told with what would help`, async (t) => {
    const { decision, remedies } = explain(tableWith(objects, node), query);
    const lines = remedies.map(({ object, path, value, pod, endpoints }) => {
      return `${object} ${path}=${value}${pod === '' ? '' : ` (${pod})`} ${endpoints}`;
    });
    t.same([decision.reason, ...lines], told);
  });
}

t.test('as another node: what is local there, and the zone that its endpoints are in', async (t) => {
  const endpoints = [
    rawEndpoint('10.0.0.1', { nodeName: 'node-c', zone: 'z3', hints: { forZones: [{ name: 'z3' }] } }),
    rawEndpoint('10.0.0.2', { nodeName: 'node-b', zone: 'z2', hints: { forZones: [{ name: 'z2' }] } }),
  ];
  const keys = (policy: string, nodeName: string) => {
    const table = tableWith([rawService({ internalTrafficPolicy: policy }), rawSlice('a', endpoints)]);
    const { decision, node } = explain(table, WEB, { nodeName });
    t.equal(node.nodeName, nodeName);
    return decision.endpoints.map(({ key }) => key);
  };
  t.same(keys('Local', 'node-c'), ['10.0.0.1:8080']);
  t.same(keys('Local', 'node-a'), []);
  t.same(keys('Cluster', 'node-b'), ['10.0.0.2:8080']);
});

t.test('a proxy with a name wants its own name on the label', async (t) => {
  const table = tableWith([
    rawService({}, { labels: { 'service.kubernetes.io/service-proxy-name': 'x' } }),
    rawSlice('a', READY),
  ]);
  const [remedy] = explain(table, WEB, { serviceProxyName: 'mine' }).remedies;
  t.match(remedy, { value: '"mine"', endpoints: 1 });
});
