import t from 'tap';
import { frontendsOf, laneFrontend, wantsListener } from '../../src/routing/frontends.ts';
import { servicePortsOf } from '../../src/routing/service-ports.ts';
import { endpointOf, servicePortOf } from '../fixtures/balancing.ts';
import { nodeContext, rawService, serviceOf } from '../fixtures/routing.ts';

const SERVICE = serviceOf(
  rawService(
    { ports: [{ name: 'http', port: 80, nodePort: 30_080 }], externalIPs: ['203.0.113.9'] },
    {},
    { loadBalancer: { ingress: [{ ip: '198.51.100.4' }] } },
  ),
);
const [FACTS] = servicePortsOf(SERVICE, 'IPv4', '');
if (!FACTS) throw new Error('no port');

t.test('a port has a frontend at each of its addresses, node ports at each address of the family', async (t) => {
  const node = nodeContext({ nodePortIPs: ['192.168.0.2', '127.0.0.1', 'fd00::2'] });
  t.same(
    frontendsOf(FACTS, node).map(({ kind, key }) => `${kind} ${key}`),
    [
      'clusterIP 10.96.0.15:80/TCP',
      'loadBalancerIP 198.51.100.4:80/TCP',
      'externalIP 203.0.113.9:80/TCP',
      'nodePort 192.168.0.2:30080/TCP',
      'nodePort 127.0.0.1:30080/TCP',
    ],
  );
});

t.test('each kind can be unwanted', async (t) => {
  const frontends = { clusterIP: false, nodePorts: false, externalIPs: false, loadBalancerIPs: false };
  t.same(frontendsOf(FACTS, nodeContext({ frontends })), []);
  for (const [field, kind] of [
    ['clusterIP', 'clusterIP'],
    ['nodePorts', 'nodePort'],
    ['externalIPs', 'externalIP'],
    ['loadBalancerIPs', 'loadBalancerIP'],
  ] as const) {
    t.same(
      frontendsOf(FACTS, nodeContext({ frontends: { ...frontends, [field]: true } })).map((frontend) => frontend.kind),
      [kind],
    );
  }
});

t.test('lanes at any free port differ by their targets', async (t) => {
  const lane = {
    namespace: 'shop',
    service: 'web',
    port: 'http',
    protocol: 'TCP',
    address: '127.0.0.1',
    localPort: 0,
  } as const;
  t.equal(laneFrontend(lane).key, '127.0.0.1:0/TCP#shop/web:http');
  t.equal(laneFrontend({ ...lane, address: '::1', localPort: 8080 }).key, '[::1]:8080/TCP');
  t.match(laneFrontend({ ...lane, address: '::1' }), { kind: 'local', family: 'IPv6', port: 0 });
});

const SOME = [endpointOf('10.0.0.1:80')];
const LISTENS: readonly (readonly [
  name: string,
  kind: 'clusterIP' | 'nodePort' | 'local',
  over: object,
  expected: boolean,
])[] = [
  ['cluster IP with endpoints', 'clusterIP', {}, true],
  ['cluster IP without', 'clusterIP', { clusterEndpoints: [] }, false],
  [
    'cluster IP, Local, elsewhere only',
    'clusterIP',
    { internalPolicyLocal: true, localEndpoints: [], clusterEndpoints: SOME },
    false,
  ],
  [
    'cluster IP, Local, here',
    'clusterIP',
    { internalPolicyLocal: true, localEndpoints: SOME, clusterEndpoints: undefined },
    true,
  ],
  [
    'node port, Local, elsewhere only: pods and the node come in',
    'nodePort',
    { externalPolicyLocal: true, localEndpoints: [] },
    true,
  ],
  [
    'node port, Local, the cluster set empty',
    'nodePort',
    { externalPolicyLocal: true, localEndpoints: SOME, clusterEndpoints: [] },
    true,
  ],
  ['lane with endpoints', 'local', {}, true],
  ['SCTP', 'clusterIP', { protocol: 'SCTP' }, false],
];

for (const [name, kind, over, expected] of LISTENS) {
  t.test(`${name}: ${expected ? 'listens' : 'does not listen'}`, async (t) => {
    t.equal(wantsListener(kind, servicePortOf(SOME, over)), expected);
  });
}
