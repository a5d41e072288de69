import fc from 'fast-check';
import t from 'tap';
import { deepEqual } from '../../src/lib/deep-equal.ts';
import { encodeObject } from '../../src/recording/encode-object.ts';
import { holds } from '../fixtures/property.ts';
import { CONDITIONS, decoded, rawEndpoint, rawService, rawSlice } from '../fixtures/routing.ts';
import { anyEvent } from '../fixtures/routing-arbitraries.ts';

type Json = Readonly<Record<string, unknown>>;

/** Whether an object is decoded to the same again, its problems aside. */
function comesBack(raw: Json): boolean {
  const object = decoded(raw);
  if (object.kind === 'Node') return false;
  const again = decoded(JSON.parse(JSON.stringify(encodeObject(object))));
  return deepEqual({ ...again, problems: [] }, { ...object, problems: [] });
}

const PORTS = [
  { port: 0 },
  { name: 'a', port: 80, targetPort: 'web' },
  'none',
  { port: 53, protocol: 'UDP', nodePort: 30_053 },
];
const STICKY = { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 77 } } };

const CASES: readonly (readonly [name: string, raw: Json])[] = [
  ['a Service', rawService()],
  ['ports that were left out', rawService({ ports: PORTS })],
  ['two families', rawService({ clusterIPs: ['10.96.0.1', 'fd96::1'], ipFamilies: ['IPv4', 'IPv6'] })],
  ['the second family only', rawService({ clusterIPs: ['x', 'fd96::1'], ipFamilies: ['IPv4', 'IPv6'] })],
  ['no address', rawService({ clusterIP: '', clusterIPs: [], ipFamilies: undefined })],
  ['no families', rawService({ clusterIP: 'fd96::1', clusterIPs: ['fd96::1'], ipFamilies: undefined })],
  ['headless', rawService({ clusterIP: 'None', clusterIPs: ['None'] })],
  ['ExternalName', rawService({ type: 'ExternalName', externalName: 'a.example', clusterIP: '' })],
  ['affinity', rawService(STICKY)],
  ['all addresses', rawService({ externalIPs: ['1.2.3.4'], loadBalancerSourceRanges: ['10.1.2.3/8'] })],
  ['an ingress', rawService({ healthCheckNodePort: 31_000 }, {}, { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } })],
  [
    'labels',
    rawService(
      {},
      { labels: { 'service.kubernetes.io/headless': 'x', 'service.kubernetes.io/service-proxy-name': '' } },
    ),
  ],
  [
    'annotations',
    rawService(
      {},
      {
        uid: 'u',
        resourceVersion: '7',
        annotations: {
          'svclane.dev/algorithm': 'random',
          'svclane.dev/connect-timeout': '1m',
          'svclane.dev/proxy-protocol': 'v2',
          'svclane.dev/udp-balance': 'datagram',
        },
      },
    ),
  ],
  ['a slice', rawSlice('a', [rawEndpoint('10.0.0.1', { hostname: 'web-0', zone: 'z', nodeName: 'n' })])],
  [
    'endpoints that were left out',
    rawSlice('a', [
      {},
      rawEndpoint('x'),
      rawEndpoint('10.0.0.1', { conditions: CONDITIONS.standby }),
      rawEndpoint('10.0.0.2', { conditions: CONDITIONS.dead }),
    ]),
  ],
  [
    'nil in ports',
    rawSlice('a', [], {
      ports: [{ port: 80 }, { name: 'b' }, { name: '', port: 81 }, { port: -1 }, { name: 'c', port: 82 }],
    }),
  ],
  [
    'pods, hints and a time',
    rawSlice(
      'a',
      [
        rawEndpoint('10.0.0.1', {
          hints: { forZones: [{ name: 'z' }], forNodes: [{ name: 'n' }] },
          targetRef: { kind: 'Pod', name: 'p' },
        }),
      ],
      {
        metadata: {
          namespace: 'shop',
          name: 'a',
          annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': '2024-01-02T03:04:05Z' },
          labels: { 'kubernetes.io/service-name': 'web', 'service.kubernetes.io/headless': '' },
        },
      },
    ),
  ],
];

for (const [name, raw] of CASES) {
  t.test(`what routing keeps comes back as it was: ${name}`, async (t) => t.ok(comesBack(raw)));
}

t.test('any object comes back as it was', async (t) => {
  holds(
    t,
    fc.property(anyEvent, (event) => event.op !== 'apply' || comesBack(event.raw)),
    500,
  );
});

t.test('nothing else of an object is in it, wherever it stands', async (t) => {
  const SECRET = 'hunter2';
  const secrets = { password: SECRET, [SECRET]: SECRET };
  const metadata = {
    annotations: {
      ...secrets,
      'kubectl.kubernetes.io/last-applied-configuration': SECRET,
      'svclane.dev/algorithm': SECRET,
    },
    labels: { ...secrets, 'kubernetes.io/service-name': 'web' },
    managedFields: [secrets],
    finalizers: [SECRET],
    ownerReferences: [{ name: SECRET }],
    generateName: SECRET,
    ...secrets,
  };
  const endpoint = {
    addresses: ['10.0.0.1', SECRET],
    deprecatedTopology: secrets,
    targetRef: { kind: 'Pod', name: 'p', uid: SECRET },
    ...secrets,
  };
  const port = { name: 'http', port: 80, appProtocol: SECRET, ...secrets };
  const raws = [
    {
      ...rawService({ selector: secrets, ports: [port], trafficDistribution: SECRET, ...secrets }, metadata, {
        conditions: [secrets],
        loadBalancer: { ingress: [{ hostname: SECRET }] },
      }),
      data: secrets,
    },
    rawSlice('a', [endpoint], { metadata: { namespace: 'shop', name: 'a', ...metadata }, ports: [port], ...secrets }),
  ];
  for (const raw of raws) {
    const object = decoded(raw);
    t.not(object.kind, 'Node');
    if (object.kind === 'Node') continue;
    t.notMatch(JSON.stringify([encodeObject(object), object.problems]), SECRET, object.kind);
  }
});
