import fc from 'fast-check';
import t from 'tap';
import { buildAdminApp } from '../../src/admin/admin-app.ts';
import { History } from '../../src/routing/history.ts';
import { emptyTable } from '../../src/routing/table.ts';
import { viewOf } from '../fixtures/admin.ts';
import { flowOf } from '../fixtures/flows.ts';
import {
  CONDITIONS,
  decoded,
  nextTable,
  nodeContext,
  rawEndpoint,
  rawService,
  rawSlice,
  stateWith,
} from '../fixtures/routing.ts';

const START_MS = Date.UTC(2026, 0, 2);

/** shop/web with one endpoint at revision 1, none at revision 2. */
function setup() {
  const empty = emptyTable(nodeContext());
  const state = stateWith([rawService(), rawSlice('a', [rawEndpoint('10.0.0.1')])]);
  const history = new History(empty, { maxRevisions: 10, maxAgeMs: 1_000_000 });
  const first = nextTable(state, empty);
  history.add(first, START_MS);
  state.apply(decoded(rawSlice('a', [rawEndpoint('10.0.0.1', { conditions: CONDITIONS.notReady })])));
  const table = nextTable(state, first);
  history.add(table, START_MS + 60_000);
  const flows = [12, 3, 4].map((number) => flowOf({ id: `c-${number}`, openedAtMs: START_MS }));
  const udp = flowOf({
    id: 'u-5',
    protocol: 'UDP',
    failedTries: [{ endpoint: '10.0.0.9:1', errno: 'EIO', elapsedMs: 2 }],
  });
  return viewOf(table, {}, { history, now: () => START_MS + 90_000, liveFlows: async () => [...flows, udp] });
}

const app = buildAdminApp(setup());
t.teardown(() => app.close());

t.test('each path answers what is asked', async (t) => {
  const web = 'namespace=shop&service=web';
  const cases: readonly [string, object][] = [
    [`/v1/explain?${web}`, { routable: false, reason: 'NO_ENDPOINT', lastRoutable: { generation: 1 }, generation: 2 }],
    [`/v1/explain?${web}&at=1`, { routable: true, endpoints: [{ endpoint: '10.0.0.1:8080' }], wouldWorkIf: [] }],
    [`/v1/explain?${web}&at=2026-01-02T00:00:30Z`, { generation: 1, time: '2026-01-02T00:00:00.000Z' }],
    ['/v1/explain?to=10.96.0.15:80&from=192.168.0.2', { client: 'node', service: 'shop/web' }],
    [`/v1/history?${web}`, { generation: 2, oldest: 1, items: [{ routableAfter: 1 }, { routableBefore: 1 }] }],
    ['/v1/history?since=2026-01-02T00:00:30Z', { items: [{ generation: 2, causes: [{ endpoint: '10.0.0.1' }] }] }],
    ['/v1/history?limit=1', { items: [{ generation: 2 }] }],
    ['/v1/routes?at=1', { generation: 1, items: [{ ready: 1, state: 'listening', connections: 0, ageSeconds: 0 }] }],
    [
      '/v1/routes/shop/web/http',
      { families: [{ frontends: [{ state: 'listening' }], endpoints: [{ ready: false }] }] },
    ],
    ['/v1/routes/shop/web/80?at=1', { generation: 1, ageSeconds: 0, families: [{ endpoints: [{ ready: true }] }] }],
    ['/v1/routes/shop/web/80?at=1', { changes: [{ generation: 1 }] }],
    ['/v1/connections?limit=2', { items: [{ id: 'c-3', why: 'roundrobin', tries: 1 }, { id: 'c-4' }] }],
    ['/v1/connections?service=none', { items: { length: 0 } }],
    ['/v1/udp', { items: [{ id: 'u-5', tries: 2, failedTries: [{ errno: 'EIO' }] }] }],
    ['/v1/listeners', { items: [{ frontend: '10.96.0.15:80/TCP', state: 'listening', connections: 2 }] }],
    [`/v1/endpoints?${web}`, { items: [{ endpoint: '10.0.0.1:8080', ready: false, eligible: false, slice: 'a' }] }],
    ['/v1/services', { items: [{ name: 'web', routable: 0, total: 1, ports: ['http:80/TCP'], unrouted: '' }] }],
  ];
  for (const [url, expected] of cases) {
    const response = await app.inject({ url });
    t.equal(response.statusCode, 200, url);
    t.match(response.json(), expected, url);
  }
});

t.test('the history goes back from page to page, and has no change twice', async (t) => {
  const generations: number[] = [];
  let token = '';
  do {
    const response = await app.inject({ url: `/v1/history?limit=1${token}` });
    const page = response.json<{ items: { generation: number }[]; continue?: string }>();
    generations.push(...page.items.map(({ generation }) => generation));
    token = page.continue === undefined ? '' : `&continue=${page.continue}`;
  } while (token !== '');
  t.same(generations, [2, 1]);
});

t.test('a list goes on behind the last row of the page before', async (t) => {
  const ids: string[] = [];
  let token = '';
  do {
    const response = await app.inject({ url: `/v1/connections?limit=1${token}` });
    const page = response.json<{ items: { id: string }[]; continue?: string }>();
    ids.push(...page.items.map(({ id }) => id));
    token = page.continue === undefined ? '' : `&continue=${page.continue}`;
  } while (token !== '');
  t.same(ids, ['c-3', 'c-4', 'c-12']);
});

t.test('what cannot be answered is told with a code and a hint', async (t) => {
  const cases: readonly [string, number, object][] = [
    ['/v1/explain', 400, { code: 'BAD_REQUEST' }],
    ['/v1/explain?service=wep&namespace=shop', 404, { code: 'SVC_NOT_FOUND', hint: 'did you mean svc/web?' }],
    ['/v1/explain?service=web', 404, { code: 'SVC_NOT_FOUND', hint: 'svc/web -n shop is there' }],
    ['/v1/explain?service=web&namespace=shop&from=me', 400, { detail: 'from: no IP address' }],
    ['/v1/explain?service=web&namespace=shop&family=5', 400, { detail: 'family: must be IPv4 or IPv6' }],
    ['/v1/explain?to=10.0.0.1', 400, { code: 'BAD_REQUEST' }],
    ['/v1/explain?to=10.0.0.1:0', 400, { code: 'BAD_REQUEST' }],
    [
      '/v1/explain?service=web&namespace=shop&at=9',
      404,
      { code: 'REVISION_UNKNOWN', hint: /^the oldest that is there is 1 / },
    ],
    ['/v1/routes?at=noon', 400, { code: 'BAD_REQUEST' }],
    ['/v1/routes?at=2020-01-01T00:00:00Z', 404, { code: 'REVISION_UNKNOWN' }],
    ['/v1/history?service=web', 400, { detail: 'service: needs namespace too' }],
    ['/v1/history?since=noon', 400, { code: 'BAD_REQUEST' }],
    ['/v1/services?continue=bm9uc2Vuc2U', 400, { code: 'BAD_REQUEST' }],
    ['/v1/udp?limit=0', 400, { code: 'BAD_REQUEST' }],
  ];
  for (const [url, status, expected] of cases) {
    const response = await app.inject({ url });
    t.equal(response.statusCode, status, url);
    t.match(response.json(), expected, url);
  }
});

t.test('whatever the parameters are, the answer is never a failure of ours', async (t) => {
  const paths = ['explain', 'history', 'routes', 'connections', 'udp', 'listeners', 'endpoints', 'services'];
  const names = ['namespace', 'service', 'port', 'from', 'node', 'to', 'at', 'since', 'limit', 'continue', 'family'];
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.constantFrom(
      'web',
      'shop',
      '10.96.0.15:80',
      '::1',
      '1',
      '-1',
      '1e9',
      '80/udp',
      '__proto__',
      '',
      '9'.repeat(400),
    ),
  );
  const query = fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 5 });
  const property = fc.asyncProperty(fc.constantFrom(...paths), query, async (path, pairs) => {
    const url = `/v1/${path}?${pairs.map(([name, text]) => `${name}=${encodeURIComponent(text.toWellFormed())}`).join('&')}`;
    const { statusCode } = await app.inject({ url });
    return statusCode < 500;
  });
  await fc.assert(property, { seed: 20_240_102, numRuns: 500 });
  t.pass('500 requests');
});
