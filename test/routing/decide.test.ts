import t from 'tap';
import { parseCidr } from '../../src/model/address.ts';
import type { NodeContext } from '../../src/model/route.ts';
import { DECISION_CODES, EXCLUSION_CODES } from '../../src/routing/codes.ts';
import { decide } from '../../src/routing/decide.ts';
import type { Decision, DecisionQuery } from '../../src/routing/decision.ts';
import { CONDITIONS, rawEndpoint, rawService, rawSlice, tableWith } from '../fixtures/routing.ts';

type Json = Record<string, unknown>;

interface Case {
  readonly objects: readonly Json[];
  readonly node?: Partial<NodeContext>;
  readonly query?: DecisionQuery;
  /** `action reason`, then one line a step, then one line an exclusion. */
  readonly golden: readonly string[];
}

const WEB = { namespace: 'shop', service: 'web' };
const SERVICE_STEP = 'service shop/web ClusterIP 10.96.0.15 | in shop/web';
const PORT_STEP = 'port port http 80/TCP -> targetPort web | in http/TCP';
const FAMILY_STEP = 'family IPv4 at 10.96.0.15:80/TCP (clusterIP) | in IPv4';
const HEAD = [SERVICE_STEP, PORT_STEP, FAMILY_STEP];
const CLUSTER_STEP = 'policy spec.internalTrafficPolicy=Cluster';
const ABSENT = 'hints HINTS_ABSENT';
const [SERVICE_RANGE] = ['10.96.0.0/16'].map(parseCidr).filter((cidr) => cidr !== undefined);

const CASES: Readonly<Record<string, Case>> = {
  'a ready endpoint': {
    objects: [rawService(), rawSlice('a', [rawEndpoint('10.0.0.1')])],
    golden: [
      'forward FORWARD 10.0.0.1:8080',
      ...HEAD,
      'slices 1 slice, 1 endpoint | in a',
      'conditions 1 endpoint | in 10.0.0.1:8080',
      `${CLUSTER_STEP} | in 10.0.0.1:8080`,
      `${ABSENT} | in 10.0.0.1:8080`,
    ],
  },
  'every way for an endpoint to be out': {
    objects: [
      rawService(),
      rawSlice('a', [
        rawEndpoint('10.0.0.1'),
        rawEndpoint('10.0.0.2', { conditions: CONDITIONS.notReady, targetRef: { kind: 'Pod', name: 'web-2' } }),
        rawEndpoint('10.0.0.3', { conditions: CONDITIONS.dead }),
        rawEndpoint('10.0.0.4', { conditions: CONDITIONS.standby }),
        rawEndpoint('10.0.0.1'),
      ]),
      rawSlice('b', [], { ports: [{ name: 'https', port: 1 }] }),
      rawSlice('c', [], { ports: [{ name: 'http', port: 1, protocol: 'UDP' }] }),
      rawSlice('d', [], { ports: [{ name: 'http' }] }),
      rawSlice('e', [], { addressType: 'IPv6' }),
    ],
    golden: [
      'forward FORWARD 10.0.0.1:8080',
      ...HEAD,
      'slices 5 slices, 4 endpoints | in a',
      '  out 10.0.0.1:8080 EP_DUPLICATE EndpointSlice a endpoints[4].addresses[0]="10.0.0.1"',
      '  out b SLICE_PORT_NAME EndpointSlice b ports[0].name="https"',
      '  out c SLICE_PROTOCOL EndpointSlice c ports[0].protocol="UDP"',
      '  out d SLICE_PORT_NIL EndpointSlice d ports[0].port=nil',
      '  out e SLICE_FAMILY EndpointSlice e addressType="IPv6"',
      'conditions 4 endpoints | in 10.0.0.1:8080',
      '  out 10.0.0.2:8080 (web-2) EP_NOT_READY EndpointSlice a endpoints[1].conditions.ready=false',
      '  out 10.0.0.3:8080 EP_NOT_SERVING EndpointSlice a endpoints[2].conditions.serving=false',
      '  out 10.0.0.4:8080 EP_TERMINATING_STANDBY EndpointSlice a endpoints[3].conditions.terminating=true',
      `${CLUSTER_STEP} | in 10.0.0.1:8080`,
      `${ABSENT} | in 10.0.0.1:8080`,
    ],
  },
  'policy Local with all endpoints elsewhere': {
    objects: [
      rawService({ internalTrafficPolicy: 'Local' }),
      rawSlice('a', [rawEndpoint('10.0.0.1', { nodeName: 'node-c' })]),
    ],
    golden: [
      'drop NO_LOCAL_ENDPOINT',
      ...HEAD,
      'slices 1 slice, 1 endpoint | in a',
      'conditions 1 endpoint | in 10.0.0.1:8080',
      'policy spec.internalTrafficPolicy=Local, this node=node-a | in ',
      '  out 10.0.0.1:8080 EP_NOT_LOCAL EndpointSlice a endpoints[0].nodeName="node-c"',
      'hints not used under policy Local | in ',
    ],
  },
  'the short-circuit of a Local external policy': {
    objects: [
      rawService({ externalTrafficPolicy: 'Local', externalIPs: ['203.0.113.9'] }),
      rawSlice('a', [rawEndpoint('10.0.0.1')]),
    ],
    query: { ...WEB, kind: 'externalIP', clientClass: 'pod' },
    golden: [
      'forward FORWARD 10.0.0.1:8080',
      SERVICE_STEP,
      PORT_STEP,
      'family IPv4 at 203.0.113.9:80/TCP (externalIP) | in IPv4',
      'slices 1 slice, 1 endpoint | in a',
      'conditions 1 endpoint | in 10.0.0.1:8080',
      'policy spec.externalTrafficPolicy=Local, short-circuited for a client of class pod | in 10.0.0.1:8080',
      `${ABSENT} | in 10.0.0.1:8080`,
    ],
  },
  'zone hints': {
    objects: [
      rawService(),
      rawSlice('a', [
        rawEndpoint('10.0.0.1', { hints: { forZones: [{ name: 'z1' }] } }),
        rawEndpoint('10.0.0.2', { hints: { forZones: [{ name: 'z2' }] } }),
      ]),
    ],
    node: { zone: 'z1' },
    golden: [
      'forward FORWARD 10.0.0.1:8080',
      ...HEAD,
      'slices 1 slice, 2 endpoints | in a',
      'conditions 2 endpoints | in 10.0.0.1:8080 10.0.0.2:8080',
      `${CLUSTER_STEP} | in 10.0.0.1:8080 10.0.0.2:8080`,
      'hints forZones, this zone=z1 | in 10.0.0.1:8080',
      '  out 10.0.0.2:8080 EP_HINT_ZONE EndpointSlice a endpoints[1].hints.forZones=["z2"]',
    ],
  },
  'node hints': {
    objects: [
      rawService(),
      rawSlice('a', [
        rawEndpoint('10.0.0.1', { hints: { forNodes: [{ name: 'node-a' }] } }),
        rawEndpoint('10.0.0.2', { hints: { forNodes: [{ name: 'node-b' }] } }),
      ]),
    ],
    golden: [
      'forward FORWARD 10.0.0.1:8080',
      ...HEAD,
      'slices 1 slice, 2 endpoints | in a',
      'conditions 2 endpoints | in 10.0.0.1:8080 10.0.0.2:8080',
      `${CLUSTER_STEP} | in 10.0.0.1:8080 10.0.0.2:8080`,
      'hints forNodes, this node=node-a | in 10.0.0.1:8080',
      '  out 10.0.0.2:8080 EP_HINT_NODE EndpointSlice a endpoints[1].hints.forNodes=["node-b"]',
    ],
  },
  'hints that a safeguard stops': {
    objects: [rawService(), rawSlice('a', [rawEndpoint('10.0.0.1', { hints: { forZones: [{ name: 'z1' }] } })])],
    golden: [
      'forward FORWARD 10.0.0.1:8080',
      ...HEAD,
      'slices 1 slice, 1 endpoint | in a',
      'conditions 1 endpoint | in 10.0.0.1:8080',
      `${CLUSTER_STEP} | in 10.0.0.1:8080`,
      'hints HINTS_NO_ZONE_LABEL | in 10.0.0.1:8080',
      '  out shop/web:http/TCP/IPv4 HINTS_IGNORED Node node-a metadata.labels["topology.kubernetes.io/zone"]=""',
    ],
  },
  'no slices': {
    objects: [rawService()],
    golden: [
      'reject NO_ENDPOINT',
      ...HEAD,
      'slices 0 slices, 0 endpoints | in ',
      '  out shop/web SLICE_NONE EndpointSlice metadata.labels["kubernetes.io/service-name"]="web"',
      'conditions 0 endpoints | in ',
      `${CLUSTER_STEP} | in `,
      'hints HINTS_NO_READY_ENDPOINT | in ',
    ],
  },
  'a source that is denied': {
    objects: [
      rawService(
        { loadBalancerSourceRanges: ['10.0.0.0/8'] },
        {},
        { loadBalancer: { ingress: [{ ip: '198.51.100.4' }] } },
      ),
    ],
    query: { destinationAddress: '198.51.100.4', destinationPort: 80, protocol: 'TCP', sourceAddress: '203.0.113.2' },
    golden: [
      'drop SOURCE_DENIED',
      SERVICE_STEP,
      PORT_STEP,
      'family IPv4 at 198.51.100.4:80/TCP (loadBalancerIP) | in IPv4',
      'slices 0 slices, 0 endpoints | in ',
      '  out shop/web SLICE_NONE EndpointSlice metadata.labels["kubernetes.io/service-name"]="web"',
      'conditions 0 endpoints | in ',
      'policy spec.externalTrafficPolicy=Cluster | in ',
      'hints HINTS_NO_READY_ENDPOINT | in ',
    ],
  },
  'a Service that is not there': {
    objects: [],
    golden: ['ignore SVC_NOT_FOUND', 'service shop/web | in ', '  out shop/web SVC_NOT_FOUND Service shop/web =nil'],
  },
  'an ExternalName': {
    objects: [rawService({ type: 'ExternalName', clusterIP: '', clusterIPs: [] })],
    golden: [
      'ignore SVC_EXTERNALNAME',
      'service shop/web ExternalName | in ',
      '  out shop/web SVC_EXTERNALNAME Service web spec.type="ExternalName"',
    ],
  },
  'a headless Service': {
    objects: [rawService({ clusterIP: 'None', clusterIPs: ['None'] })],
    golden: [
      'ignore SVC_HEADLESS',
      'service shop/web ClusterIP | in ',
      '  out shop/web SVC_HEADLESS Service web spec.clusterIP="None"',
    ],
  },
  'the label of headless Services': {
    objects: [rawService({}, { labels: { 'service.kubernetes.io/headless': '' } })],
    golden: [
      'ignore SVC_HEADLESS',
      'service shop/web ClusterIP 10.96.0.15 | in ',
      '  out shop/web SVC_HEADLESS Service web metadata.labels["service.kubernetes.io/headless"]=""',
    ],
  },
  'a Service of another proxy': {
    objects: [rawService({}, { labels: { 'service.kubernetes.io/service-proxy-name': 'x' } })],
    golden: [
      'ignore SVC_OTHER_PROXY',
      'service shop/web ClusterIP 10.96.0.15 | in ',
      '  out shop/web SVC_OTHER_PROXY Service web metadata.labels["service.kubernetes.io/service-proxy-name"]="x"',
    ],
  },
  'a Service without a cluster IP': {
    objects: [rawService({ clusterIP: '', clusterIPs: [] })],
    golden: [
      'ignore SVC_NO_CLUSTER_IP',
      'service shop/web ClusterIP | in ',
      '  out shop/web SVC_NO_CLUSTER_IP Service web spec.clusterIP=""',
    ],
  },
  'a port that the Service does not have': {
    objects: [rawService()],
    query: { ...WEB, port: 'grpc' },
    golden: [
      'ignore PORT_UNKNOWN',
      SERVICE_STEP,
      'port port grpc | in ',
      '  out shop/web PORT_UNKNOWN Service web spec.ports=["http:80/TCP"]',
    ],
  },
  'a closed port of a cluster IP': {
    objects: [rawService()],
    query: { destinationAddress: '10.96.0.15', destinationPort: 80, protocol: 'UDP', sourceAddress: '10.0.0.9' },
    golden: [
      'reject PORT_UNKNOWN',
      SERVICE_STEP,
      'port port 80/UDP | in ',
      '  out shop/web PORT_UNKNOWN Service web spec.ports=["http:80/TCP"]',
    ],
  },
  'a family that the Service does not have': {
    objects: [rawService()],
    query: { ...WEB, family: 'IPv6' },
    golden: [
      'ignore FAMILY_NONE',
      SERVICE_STEP,
      PORT_STEP,
      'family IPv6 of ["IPv4"] | in ',
      '  out shop/web FAMILY_NONE Service web spec.ipFamilies=["IPv4"]',
    ],
  },
  SCTP: {
    objects: [
      rawService({ ports: [{ name: 'sig', port: 80, protocol: 'SCTP' }] }),
      rawSlice('a', [rawEndpoint('10.0.0.1')], { ports: [{ name: 'sig', port: 80, protocol: 'SCTP' }] }),
    ],
    golden: [
      'forward PORT_UNSUPPORTED 10.0.0.1:80',
      SERVICE_STEP,
      'port port sig 80/SCTP | in sig/SCTP',
      '  out shop/web PORT_UNSUPPORTED Service web spec.ports[0].protocol="SCTP"',
      'family IPv4 at 10.96.0.15:80/SCTP (clusterIP) | in IPv4',
      'slices 1 slice, 1 endpoint | in a',
      'conditions 1 endpoint | in 10.0.0.1:80',
      `${CLUSTER_STEP} | in 10.0.0.1:80`,
      `${ABSENT} | in 10.0.0.1:80`,
    ],
  },
  'an address that an older Service has': {
    objects: [rawService(), rawService({}, { name: 'old', creationTimestamp: '2020-01-01T00:00:00Z' })],
    golden: [
      'ignore FRONTEND_CONFLICT',
      SERVICE_STEP,
      PORT_STEP,
      FAMILY_STEP,
      '  out 10.96.0.15:80/TCP FRONTEND_CONFLICT Service web ="shop/old"',
    ],
  },
  'an address of nobody': {
    objects: [rawService()],
    query: { destinationAddress: '192.0.2.1', destinationPort: 80, protocol: 'TCP', sourceAddress: '10.0.0.9' },
    golden: ['ignore NOT_OURS'],
  },
  'an unallocated address of the Service range': {
    objects: [rawService()],
    node: SERVICE_RANGE ? { serviceCIDRs: [SERVICE_RANGE] } : {},
    query: { destinationAddress: '10.96.9.9', destinationPort: 80, protocol: 'TCP', sourceAddress: '10.0.0.9' },
    golden: ['drop SERVICE_IP_UNALLOCATED'],
  },
};

for (const [name, { objects, node, query, golden }] of Object.entries(CASES)) {
  t.test(`${name}: the trace says why`, async (t) => {
    const table = tableWith(objects, node);
    const asked = query ?? WEB;
    const traced = decide(table, asked, { trace: true });
    t.same(lines(traced), golden);
    const { trace: _, ...untraced } = traced;
    t.same(decide(table, asked), untraced, 'tracing changes nothing');
  });
}

t.test('every code of a decision and of an exclusion is shown by a trace', async (t) => {
  const text = Object.values(CASES)
    .flatMap(({ golden }) => golden)
    .join('\n');
  for (const code of [...Object.keys(DECISION_CODES), ...Object.keys(EXCLUSION_CODES)]) {
    t.match(text, new RegExp(`\\b${code}\\b`));
  }
});

t.test('the class of a client is by its address, or as told', async (t) => {
  const table = tableWith([rawService()]);
  const asked = { ...WEB, sourceAddress: '192.168.0.2' };
  t.equal(decide(table, asked).clientClass, 'node');
  t.equal(decide(table, { ...asked, clientClass: 'pod' }).clientClass, 'pod');
  t.equal(decide(table, WEB).clientClass, 'pod');
});

function lines({ action, reason, endpoints, trace = [] }: Decision): string[] {
  const steps = trace.flatMap((step) => [
    `${step.name} ${step.detail} | in ${step.in.join(' ')}`,
    ...step.out.map(({ code, subject, pod, object, path, value }) => {
      return `  out ${subject}${pod === '' ? '' : ` (${pod})`} ${code} ${object} ${path}=${value}`;
    }),
  ]);
  return [[action, reason, ...endpoints.map(({ key }) => key)].join(' '), ...steps];
}
