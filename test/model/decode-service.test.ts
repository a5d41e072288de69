import t from 'tap';
import { decodeService } from '../../src/model/decode-service.ts';
import { rawService } from '../fixtures/routing.ts';

t.test('a Service in order is decoded whole, without problems', async (t) => {
  const { object, problems } = decodeService(
    rawService(
      {
        type: 'LoadBalancer',
        clusterIPs: ['10.96.0.15', 'fd96::f'],
        ipFamilies: ['IPv4', 'IPv6'],
        ports: [
          { name: 'http', port: 80, nodePort: 30080, targetPort: 'web' },
          { name: 'dns', port: 53, protocol: 'UDP' },
        ],
        externalIPs: ['203.0.113.9'],
        loadBalancerSourceRanges: [' 10.0.0.0/8 '],
        sessionAffinity: 'ClientIP',
        externalTrafficPolicy: 'Local',
        healthCheckNodePort: 31000,
      },
      { uid: 'u', resourceVersion: '7', annotations: { 'svclane.dev/algorithm': 'leastconn' } },
      {
        loadBalancer: {
          ingress: [{ ip: '198.51.100.4' }, { ip: '198.51.100.5', ipMode: 'Proxy' }, { hostname: 'lb' }],
        },
      },
    ),
  );
  t.same(problems, []);
  t.match(object, {
    kind: 'Service',
    namespace: 'shop',
    name: 'web',
    uid: 'u',
    resourceVersion: '7',
    creationTimestamp: '2024-01-02T00:00:00Z',
    type: 'LoadBalancer',
    headless: false,
    headlessLabel: false,
    ipFamilies: ['IPv4', 'IPv6'],
    clusterIPs: { IPv4: '10.96.0.15', IPv6: 'fd96::f' },
    ports: [
      { index: 0, name: 'http', protocol: 'TCP', port: 80, nodePort: 30080, targetPort: 'web' },
      { index: 1, name: 'dns', protocol: 'UDP', port: 53, nodePort: 0, targetPort: '' },
    ],
    externalIPs: ['203.0.113.9'],
    loadBalancerIngress: [
      { ip: '198.51.100.4', ipMode: 'VIP' },
      { ip: '198.51.100.5', ipMode: 'Proxy' },
    ],
    sessionAffinity: 'ClientIP',
    sessionAffinityTimeoutSeconds: 10_800,
    internalTrafficPolicy: 'Cluster',
    externalTrafficPolicy: 'Local',
    healthCheckNodePort: 31_000,
    annotations: { algorithm: 'leastconn' },
  });
  t.same(
    object?.loadBalancerSourceRanges.map(({ text }) => text),
    ['10.0.0.0/8'],
  );
});

/** One thing wrong, what is reported of it, and what is left of the field. */
const PARTS: readonly (readonly [
  name: string,
  raw: Record<string, unknown>,
  code: string,
  path: string,
  left: object,
])[] = [
  ['an unknown type', rawService({ type: 'Magic' }), 'VALUE_UNKNOWN', 'spec.type', { type: 'ClusterIP' }],
  [
    'a cluster IP that is no address',
    rawService({ clusterIPs: ['nine'] }),
    'ADDRESS_INVALID',
    'spec.clusterIPs[0]',
    { clusterIPs: {} },
  ],
  [
    'a cluster IP of the other family',
    rawService({ clusterIPs: ['fd96::f'] }),
    'ADDRESS_FAMILY',
    'spec.clusterIPs[0]',
    { clusterIPs: {} },
  ],
  [
    'an unknown family',
    rawService({ ipFamilies: ['IPv4', 'IPv5'] }),
    'VALUE_UNKNOWN',
    'spec.ipFamilies[1]',
    { ipFamilies: ['IPv4'] },
  ],
  [
    'an external IP that is none',
    rawService({ externalIPs: ['x', '203.0.113.9'] }),
    'ADDRESS_INVALID',
    'spec.externalIPs[0]',
    { externalIPs: ['203.0.113.9'] },
  ],
  [
    'an external IP that is a number',
    rawService({ externalIPs: [5] }),
    'FIELD_TYPE',
    'spec.externalIPs[0]',
    { externalIPs: [] },
  ],
  ['a list that is none', rawService({ externalIPs: 'x' }), 'FIELD_TYPE', 'spec.externalIPs', { externalIPs: [] }],
  [
    'a range that is no CIDR',
    rawService({ loadBalancerSourceRanges: ['10.0.0.0/33'] }),
    'RANGE_INVALID',
    'spec.loadBalancerSourceRanges[0]',
    { loadBalancerSourceRanges: [] },
  ],
  [
    'an affinity time out of bounds',
    rawService({ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 86_401 } } }),
    'VALUE_UNKNOWN',
    'spec.sessionAffinityConfig.clientIP.timeoutSeconds',
    { sessionAffinityTimeoutSeconds: 10_800 },
  ],
  [
    'an unknown policy',
    rawService({ internalTrafficPolicy: 'Near' }),
    'VALUE_UNKNOWN',
    'spec.internalTrafficPolicy',
    { internalTrafficPolicy: 'Cluster' },
  ],
  [
    'a health check port that is none',
    rawService({ healthCheckNodePort: 70_000 }),
    'PORT_INVALID',
    'spec.healthCheckNodePort',
    { healthCheckNodePort: 0 },
  ],
  [
    'an annotation out of bounds',
    rawService({}, { annotations: { 'svclane.dev/algorithm': 'fastest' } }),
    'ANNOTATION_INVALID',
    'metadata.annotations["svclane.dev/algorithm"]',
    { annotations: {} },
  ],
  [
    'an ingress address that is none',
    rawService({}, {}, { loadBalancer: { ingress: [{ ip: 'x' }, { ip: '198.51.100.4' }] } }),
    'ADDRESS_INVALID',
    'status.loadBalancer.ingress[0].ip',
    { loadBalancerIngress: [{ ip: '198.51.100.4', ipMode: 'VIP' }] },
  ],
  [
    'an unknown ingress mode',
    rawService({}, {}, { loadBalancer: { ingress: [{ ip: '198.51.100.4', ipMode: 'Tunnel' }] } }),
    'VALUE_UNKNOWN',
    'status.loadBalancer.ingress[0].ipMode',
    { loadBalancerIngress: [] },
  ],
  [
    'labels that are no object',
    rawService({}, { labels: 5 }),
    'FIELD_TYPE',
    'metadata.labels',
    { headlessLabel: false },
  ],
  [
    'an over-long text',
    rawService({ externalName: 'x'.repeat(2_000) }),
    'FIELD_TYPE',
    'spec.externalName',
    { externalName: '' },
  ],
];

for (const [name, raw, code, path, left] of PARTS) {
  t.test(`${name} loses only that part, and is reported`, async (t) => {
    const { object, problems } = decodeService(raw);
    t.match(problems, [{ code, path }]);
    t.equal(problems.length, 1);
    t.ok(problems[0]?.message, 'what would be right is told');
    t.match(object, left);
    t.match(object, { ports: [{ port: 80 }] }, 'the ports stay');
    t.equal(object?.problems, problems);
  });
}

const WHOLE: readonly (readonly [name: string, raw: unknown, path: string])[] = [
  ['no object', 'Service', ''],
  ['a list', [], ''],
  ['no metadata', { spec: {} }, 'metadata.name'],
  ['an empty name', rawService({}, { name: '' }), 'metadata.name'],
  ['a name with a slash', rawService({}, { name: 'a/b' }), 'metadata.name'],
  ['no namespace', rawService({}, { namespace: undefined }), 'metadata.namespace'],
  ['no spec', { ...rawService(), spec: undefined }, 'spec'],
  ['a spec that is a list', { ...rawService(), spec: [] }, 'spec'],
];

for (const [name, raw, path] of WHOLE) {
  t.test(`${name} skips the Service`, async (t) => {
    const { object, problems } = decodeService(raw);
    t.equal(object, undefined);
    t.match(
      problems.find((problem) => problem.path === path),
      { code: 'OBJECT_INVALID' },
    );
  });
}

const CLUSTER_IPS: readonly (readonly [name: string, spec: Record<string, unknown>, expected: object])[] = [
  [
    'without ipFamilies, clusterIP of its own family',
    { ipFamilies: undefined, clusterIPs: undefined },
    { IPv4: '10.96.0.15' },
  ],
  ['leading zeros are decimal', { ipFamilies: undefined, clusterIP: '010.096.000.015' }, { IPv4: '10.96.0.15' }],
  [
    'IPv6 is canonical',
    { ipFamilies: ['IPv6'], clusterIP: 'FD96:0::000F', clusterIPs: ['FD96:0::000F'] },
    { IPv6: 'fd96::f' },
  ],
  [
    'each family has its place',
    { ipFamilies: ['IPv6', 'IPv4'], clusterIPs: ['fd96::f', '10.96.0.15'], clusterIP: 'fd96::f' },
    { IPv6: 'fd96::f', IPv4: '10.96.0.15' },
  ],
  ['the primary is clusterIP where clusterIPs is absent', { clusterIPs: undefined }, { IPv4: '10.96.0.15' }],
  ['a second family without an address is absent', { ipFamilies: ['IPv4', 'IPv6'] }, { IPv4: '10.96.0.15' }],
  ['without clusterIP there is none', { clusterIP: '' }, {}],
  ['None is none', { clusterIP: 'None', clusterIPs: ['None'] }, {}],
];

for (const [name, spec, expected] of CLUSTER_IPS) {
  t.test(`cluster IPs: ${name}`, async (t) => {
    const { object, problems } = decodeService(rawService(spec));
    t.same(object?.clusterIPs, expected);
    t.same(problems, []);
  });
}

t.test('a headless Service without families may have both', async (t) => {
  const { object } = decodeService(rawService({ clusterIP: 'None', clusterIPs: undefined, ipFamilies: undefined }));
  t.match(object, { headless: true, ipFamilies: ['IPv4', 'IPv6'] });
});

t.test('the two labels of other proxies are read, whatever their value', async (t) => {
  const labels = { 'service.kubernetes.io/headless': 'no', 'service.kubernetes.io/service-proxy-name': '' };
  t.match(decodeService(rawService({}, { labels })).object, { headlessLabel: true, serviceProxyName: '' });
  t.match(decodeService(rawService()).object, { headlessLabel: false, serviceProxyName: undefined });
});
