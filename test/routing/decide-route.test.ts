import t from 'tap';
import { parseCidr } from '../../src/model/address.ts';
import type { Frontend, FrontendKind, ServicePort } from '../../src/model/route.ts';
import type { ClientClass } from '../../src/routing/client-class.ts';
import { decideRoute } from '../../src/routing/decide-route.ts';
import { endpointOf, servicePortOf } from '../fixtures/balancing.ts';

const REMOTE = [endpointOf('10.0.0.1:80')];
const LOCAL = [endpointOf('10.0.0.2:80', { isLocal: true })];
const RANGES = ['203.0.113.0/25'].map(parseCidr).filter((cidr) => cidr !== undefined);

type Case = readonly [
  name: string,
  kind: FrontendKind,
  port: Partial<ServicePort>,
  client: ClientClass,
  expected: string,
];

const internalLocal = { internalPolicyLocal: true, clusterEndpoints: undefined };
const externalLocal = { externalPolicyLocal: true, clusterEndpoints: REMOTE };

const CASES: readonly Case[] = [
  ['policy Cluster', 'clusterIP', { clusterEndpoints: REMOTE }, 'pod', 'forward FORWARD 10.0.0.1:80'],
  ['no endpoint anywhere', 'clusterIP', { hasAnyEndpoints: false, clusterEndpoints: [] }, 'pod', 'reject NO_ENDPOINT'],
  ['internal Local', 'clusterIP', { ...internalLocal, localEndpoints: LOCAL }, 'pod', 'forward FORWARD 10.0.0.2:80'],
  [
    'internal Local, elsewhere only',
    'clusterIP',
    { ...internalLocal, localEndpoints: [] },
    'pod',
    'drop NO_LOCAL_ENDPOINT',
  ],
  [
    'internal Local, none anywhere',
    'clusterIP',
    { ...internalLocal, localEndpoints: [], hasAnyEndpoints: false },
    'pod',
    'reject NO_ENDPOINT',
  ],
  [
    'external Local from outside',
    'nodePort',
    { ...externalLocal, localEndpoints: LOCAL },
    'external',
    'forward FORWARD 10.0.0.2:80',
  ],
  [
    'external Local from outside, elsewhere only',
    'nodePort',
    { ...externalLocal, localEndpoints: [] },
    'external',
    'drop NO_LOCAL_ENDPOINT',
  ],
  [
    'external Local from a pod',
    'loadBalancerIP',
    { ...externalLocal, localEndpoints: [] },
    'pod',
    'forward FORWARD 10.0.0.1:80',
  ],
  [
    'external Local from the node',
    'externalIP',
    { ...externalLocal, localEndpoints: [] },
    'node',
    'forward FORWARD 10.0.0.1:80',
  ],
  [
    'external Local at the cluster IP',
    'clusterIP',
    { ...externalLocal, localEndpoints: [] },
    'external',
    'forward FORWARD 10.0.0.1:80',
  ],
  ['a lane', 'local', { ...externalLocal, localEndpoints: [] }, 'external', 'forward FORWARD 10.0.0.1:80'],
  ['SCTP', 'clusterIP', { protocol: 'SCTP', clusterEndpoints: REMOTE }, 'pod', 'forward PORT_UNSUPPORTED 10.0.0.1:80'],
];

for (const [name, kind, over, client, expected] of CASES) {
  t.test(`${name}: ${expected}`, async (t) => {
    t.equal(verdict(kind, over, '203.0.113.200', client), expected);
  });
}

t.test('a client that has the address it asks is short-circuited under policy Local as the node is', async (t) => {
  const elsewhere = { ...externalLocal, localEndpoints: [] };
  t.equal(verdict('loadBalancerIP', elsewhere, '198.51.100.4', 'external'), 'forward FORWARD 10.0.0.1:80');
  t.equal(verdict('loadBalancerIP', elsewhere, '198.51.100.5', 'external'), 'drop NO_LOCAL_ENDPOINT');
});

t.test('source ranges guard load-balancer IPs only, and come before everything else', async (t) => {
  const guarded = { sourceRanges: RANGES, clusterEndpoints: REMOTE };
  t.equal(verdict('loadBalancerIP', guarded, '203.0.113.2', 'external'), 'forward FORWARD 10.0.0.1:80');
  t.equal(verdict('loadBalancerIP', guarded, '203.0.113.200', 'external'), 'drop SOURCE_DENIED');
  t.equal(verdict('loadBalancerIP', guarded, '203.0.113.200', 'pod'), 'drop SOURCE_DENIED');
  t.equal(
    verdict('loadBalancerIP', { ...guarded, hasAnyEndpoints: false }, '203.0.113.200', 'external'),
    'drop SOURCE_DENIED',
  );
  t.equal(verdict('loadBalancerIP', guarded, undefined, 'pod'), 'forward FORWARD 10.0.0.1:80');
  for (const kind of ['clusterIP', 'nodePort', 'externalIP'] as const) {
    t.equal(verdict(kind, guarded, '203.0.113.200', 'external'), 'forward FORWARD 10.0.0.1:80');
  }
});

function verdict(
  kind: FrontendKind,
  over: Partial<ServicePort>,
  source: string | undefined,
  client: ClientClass,
): string {
  const servicePort = servicePortOf(REMOTE, over);
  const frontend: Frontend = { key: 'k', kind, address: '198.51.100.4', port: 80, protocol: 'TCP', family: 'IPv4' };
  const { action, reason, endpoints } = decideRoute({ frontend, servicePort, listens: true }, source, client);
  return [action, reason, ...endpoints.map(({ key }) => key)].join(' ');
}
