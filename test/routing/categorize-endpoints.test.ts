import t from 'tap';
import type { Endpoint } from '../../src/model/endpoint.ts';
import {
  categorizeEndpoints,
  judgeTopology,
  selectCluster,
  selectLocal,
} from '../../src/routing/categorize-endpoints.ts';
import type { Exclusion } from '../../src/routing/codes.ts';
import { endpointOf } from '../fixtures/balancing.ts';

const BOTH = { cluster: true, local: true };
const HERE = { nodeName: 'node-a', zone: 'z1' };

const ready = (key: string, over: Partial<Endpoint> = {}): Endpoint => endpointOf(key, over);
const standby = (key: string, over: Partial<Endpoint> = {}): Endpoint =>
  endpointOf(key, { ready: false, serving: true, terminating: true, ...over });
const notReady = (key: string): Endpoint => endpointOf(key, { ready: false, serving: true, terminating: false });
const dead = (key: string): Endpoint => endpointOf(key, { ready: false, serving: false, terminating: true });

const keys = (endpoints: readonly Endpoint[] | undefined): string[] | undefined => endpoints?.map(({ key }) => key);

t.test('the two sets fall back to terminating endpoints apart from one another', async (t) => {
  const endpoints = [ready('r:1'), standby('s:1', { isLocal: true }), standby('s:2'), notReady('n:1'), dead('d:1')];
  const { clusterEndpoints, localEndpoints, hasAnyEndpoints } = categorizeEndpoints(endpoints, BOTH, HERE);
  t.same(keys(clusterEndpoints), ['r:1']);
  t.same(keys(localEndpoints), ['s:1']);
  t.equal(hasAnyEndpoints, true);
});

t.test('a set that is not needed is undefined, one that is empty is empty', async (t) => {
  const endpoints = [ready('r:1')];
  t.match(categorizeEndpoints(endpoints, { cluster: false, local: true }, HERE), {
    clusterEndpoints: undefined,
    localEndpoints: [],
    hasAnyEndpoints: true,
  });
  t.match(categorizeEndpoints([], BOTH, HERE), { clusterEndpoints: [], localEndpoints: [], hasAnyEndpoints: false });
});

t.test('endpoints that are not ready and do not terminate never serve', async (t) => {
  const { clusterEndpoints, hasAnyEndpoints } = categorizeEndpoints([notReady('n:1'), dead('d:1')], BOTH, HERE);
  t.same(clusterEndpoints, []);
  t.equal(hasAnyEndpoints, false);
});

const zone = (...hintZones: string[]): Partial<Endpoint> => ({ hintZones });
const node = (...hintNodes: string[]): Partial<Endpoint> => ({ hintNodes });

const VERDICTS: readonly (readonly [
  name: string,
  endpoints: readonly Endpoint[],
  context: typeof HERE,
  verdict: string,
])[] = [
  ['zones complete and ours among them', [ready('a:1', zone('z1')), ready('b:1', zone('z2'))], HERE, 'zone HINTS_USED'],
  [
    'nodes complete and ours among them',
    [ready('a:1', node('node-a')), ready('b:1', node('x'))],
    HERE,
    'node HINTS_USED',
  ],
  ['nodes without a match fall to zones', [ready('a:1', { ...node('x'), ...zone('z1') })], HERE, 'zone HINTS_USED'],
  ['nodes without a match and no zones', [ready('a:1', node('x'))], HERE, 'none HINTS_NONE_FOR_ZONE'],
  ['one ready endpoint without', [ready('a:1', zone('z1')), ready('b:1')], HERE, 'none HINTS_INCOMPLETE'],
  ['one that is not ready without', [ready('a:1', zone('z1')), notReady('b:1')], HERE, 'zone HINTS_USED'],
  ['none at all', [ready('a:1'), ready('b:1')], HERE, 'none HINTS_ABSENT'],
  ['no zone of ours', [ready('a:1', zone('z2'))], HERE, 'none HINTS_NONE_FOR_ZONE'],
  ['no zone label', [ready('a:1', zone('z1'))], { nodeName: 'node-a', zone: '' }, 'none HINTS_NO_ZONE_LABEL'],
  ['no ready endpoint', [standby('a:1', zone('z1'))], HERE, 'none HINTS_NO_READY_ENDPOINT'],
];

for (const [name, endpoints, context, verdict] of VERDICTS) {
  t.test(`hints: ${name}: ${verdict}`, async (t) => {
    const { mode, reason } = judgeTopology(endpoints, context);
    t.equal(`${mode} ${reason}`, verdict);
  });
}

t.test('node hints can be left out of account', async (t) => {
  const endpoints = [ready('a:1', { ...node('node-a'), ...zone('z2') }), ready('b:1', { ...node('x'), ...zone('z1') })];
  t.same(keys(selectCluster(endpoints, HERE)), ['a:1']);
  t.same(keys(selectCluster(endpoints, { ...HERE, nodeHints: false })), ['b:1']);
});

t.test('hints filter the cluster set, not the local one, nor the fallback', async (t) => {
  const endpoints = [ready('a:1', zone('z1')), ready('b:1', { ...zone('z2'), isLocal: true })];
  const { clusterEndpoints, localEndpoints } = categorizeEndpoints(endpoints, BOTH, HERE);
  t.same(keys(clusterEndpoints), ['a:1']);
  t.same(keys(localEndpoints), ['b:1']);
  t.same(keys(selectCluster([standby('a:1', zone('z1')), standby('b:1', zone('z2'))], HERE)), ['a:1', 'b:1']);
});

t.test('each endpoint that is left out is told once, with the field that explains it', async (t) => {
  const endpoints = [
    ready('a:1', zone('z1')),
    ready('b:1', { ...zone('z2'), sliceIndex: 3, podName: 'web-b' }),
    standby('s:1'),
    notReady('n:1'),
    dead('d:1'),
  ];
  const out: Exclusion[] = [];
  t.same(keys(selectCluster(endpoints, HERE, (exclusion) => out.push(exclusion))), ['a:1']);
  t.same(out.map(({ code, subject, path, value }) => `${subject} ${code} ${path}=${value}`).sort(), [
    'b:1 EP_HINT_ZONE endpoints[3].hints.forZones=["z2"]',
    'd:1 EP_NOT_SERVING endpoints[0].conditions.serving=false',
    'n:1 EP_NOT_READY endpoints[0].conditions.ready=false',
    's:1 EP_TERMINATING_STANDBY endpoints[0].conditions.terminating=true',
  ]);
  t.equal(out.find(({ subject }) => subject === 'b:1')?.pod, 'web-b');
});

t.test('in the local set every endpoint that could serve elsewhere is out by its node', async (t) => {
  const endpoints = [
    ready('a:1', { isLocal: true }),
    ready('b:1', { nodeName: 'node-b' }),
    standby('s:1', { isLocal: true }),
    dead('d:1'),
  ];
  const out: Exclusion[] = [];
  t.same(keys(selectLocal(endpoints, (exclusion) => out.push(exclusion))), ['a:1']);
  t.same(out.map(({ code, subject }) => `${subject} ${code}`).sort(), [
    'b:1 EP_NOT_LOCAL',
    'd:1 EP_NOT_SERVING',
    's:1 EP_TERMINATING_STANDBY',
  ]);
});
