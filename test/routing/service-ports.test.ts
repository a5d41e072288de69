import t from 'tap';
import { healthCheckNodePortOf, isPortExternal, servicePortsOf } from '../../src/routing/service-ports.ts';
import { rawService, serviceOf } from '../fixtures/routing.ts';

type Json = Record<string, unknown>;

const DUAL = { clusterIPs: ['10.96.0.15', 'fd96::f'], ipFamilies: ['IPv4', 'IPv6'] };

t.test('each family has its own addresses and ranges', async (t) => {
  const service = serviceOf(
    rawService(
      { ...DUAL, externalIPs: ['203.0.113.9', '2001:db8::9'], loadBalancerSourceRanges: ['10.0.0.0/8', 'fd00::/8'] },
      {},
      {
        loadBalancer: {
          ingress: [{ ip: '198.51.100.4' }, { ip: '2001:db8::4' }, { ip: '198.51.100.5', ipMode: 'Proxy' }],
        },
      },
    ),
  );
  const [v4] = servicePortsOf(service, 'IPv4', '');
  const [v6] = servicePortsOf(service, 'IPv6', '');
  t.match(v4, { clusterIP: '10.96.0.15', externalIPs: ['203.0.113.9'], loadBalancerIPs: ['198.51.100.4'] });
  t.match(v6, { clusterIP: 'fd96::f', externalIPs: ['2001:db8::9'], loadBalancerIPs: ['2001:db8::4'] });
  t.same(
    v4?.sourceRanges.map(({ text }) => text),
    ['10.0.0.0/8'],
  );
  t.same(
    v6?.sourceRanges.map(({ text }) => text),
    ['fd00::/8'],
  );
});

t.test('a family without a cluster IP has no ports, nor has a Service that is not routed', async (t) => {
  t.same(servicePortsOf(serviceOf(rawService()), 'IPv6', ''), []);
  t.same(servicePortsOf(serviceOf(rawService({ type: 'ExternalName' })), 'IPv4', ''), []);
});

const POLICIES: readonly (readonly [name: string, spec: Json, local: boolean])[] = [
  ['ClusterIP', { externalTrafficPolicy: 'Local' }, false],
  ['ClusterIP with external IPs', { externalTrafficPolicy: 'Local', externalIPs: ['203.0.113.9'] }, true],
  ['NodePort', { externalTrafficPolicy: 'Local', type: 'NodePort' }, true],
  ['LoadBalancer without an address', { externalTrafficPolicy: 'Local', type: 'LoadBalancer' }, true],
  ['LoadBalancer with policy Cluster', { type: 'LoadBalancer' }, false],
];

for (const [name, spec, local] of POLICIES) {
  t.test(`the external policy of ${name} is ${local ? 'Local' : 'Cluster'}`, async (t) => {
    t.equal(servicePortsOf(serviceOf(rawService(spec)), 'IPv4', '')[0]?.externalPolicyLocal, local);
  });
}

const EXTERNAL: readonly (readonly [name: string, raw: Json, expected: boolean])[] = [
  ['a cluster IP alone', rawService(), false],
  ['a node port', rawService({ ports: [{ port: 80, nodePort: 30_080 }] }), true],
  ['an external IP', rawService({ externalIPs: ['203.0.113.9'] }), true],
  ['an external IP of the other family', rawService({ externalIPs: ['2001:db8::9'] }), false],
  [
    'a load-balancer IP, whatever the type',
    rawService({}, {}, { loadBalancer: { ingress: [{ ip: '198.51.100.4' }] } }),
    true,
  ],
];

for (const [name, raw, expected] of EXTERNAL) {
  t.test(`a port with ${name} is ${expected ? '' : 'not '}external`, async (t) => {
    const [facts] = servicePortsOf(serviceOf(raw), 'IPv4', '');
    t.equal(facts && isPortExternal(facts), expected);
  });
}

t.test('a health check node port is for LoadBalancers with policy Local only', async (t) => {
  const local = { externalTrafficPolicy: 'Local', healthCheckNodePort: 31_000 };
  t.equal(healthCheckNodePortOf(serviceOf(rawService({ ...local, type: 'LoadBalancer' }))), 31_000);
  t.equal(healthCheckNodePortOf(serviceOf(rawService({ ...local, type: 'NodePort' }))), 0);
  t.equal(
    healthCheckNodePortOf(serviceOf(rawService({ ...local, type: 'LoadBalancer', externalTrafficPolicy: 'Cluster' }))),
    0,
  );
});
