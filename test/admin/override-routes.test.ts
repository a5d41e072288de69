import t, { type Test } from 'tap';
import { buildAdminApp } from '../../src/admin/admin-app.ts';
import type { AdminView } from '../../src/admin/view.ts';
import { frontendOf, portOf, routeOf, serviceRoutesOf, tableOf, viewOf } from '../fixtures/admin.ts';
import { FakeClock } from '../fixtures/balancing.ts';
import { booksOf, faultOf } from '../fixtures/interventions.ts';

const TOKEN = 'secret';
const NOW_MS = 100_000;

const WEB = routeOf(frontendOf('10.96.0.15', 80), portOf('shop/web', ['10.244.1.7:8080']));
const DNS = routeOf(
  frontendOf('10.96.0.20', 53, { protocol: 'UDP' }),
  portOf('shop/dns', ['10.244.1.9:53'], {
    key: 'shop/dns:dns/UDP/IPv4',
    protocol: 'UDP',
    portName: 'dns',
    port: 53,
  }),
);

function setUp(t: Test, { allowed = true, over = {} }: { allowed?: boolean; over?: Partial<AdminView> } = {}) {
  const clock = new FakeClock(NOW_MS);
  const books = booksOf(clock);
  const table = tableOf(7, [serviceRoutesOf('shop/web', [WEB]), serviceRoutesOf('shop/dns', [DNS])]);
  const interventions = { overrides: books.overrides, faults: books.faults, allowed: () => allowed };
  const probe: AdminView['probe'] = async ({ address }) =>
    address === '127.0.0.1' ? { elapsedMs: 0.6, error: undefined } : { elapsedMs: 0.2, error: 'ECONNREFUSED' };
  const app = buildAdminApp(viewOf(table, {}, { interventions, probe, now: () => clock.now(), ...over }), {
    token: () => TOKEN,
  });
  t.teardown(() => app.close());
  const send = async (method: 'GET' | 'PUT' | 'DELETE', url: string, payload?: object) => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const { statusCode, body } = await app.inject({ method, url, headers, ...(payload && { payload }) });
    return { status: statusCode, body: JSON.parse(body) };
  };
  return { send, books, clock, app };
}

t.test('an override is set, seen, and ended', async (t) => {
  const { send, books, clock } = setUp(t);
  const body = { target: 'localhost:3000', match: '20%', ttl: '1h' };
  const row = {
    namespace: 'shop',
    service: 'web',
    port: '',
    target: 'localhost:3000',
    match: '20%',
    fallback: 'cluster',
    frontends: 1,
    setAt: '1970-01-01T00:01:40.000Z',
    until: '1970-01-01T01:01:40.000Z',
    remainingSeconds: 3600,
  };
  const probes = [
    { address: '127.0.0.1:3000', elapsedMs: 0.6, error: '' },
    { address: '[::1]:3000', elapsedMs: 0.2, error: 'ECONNREFUSED' },
  ];
  t.same(await send('PUT', '/v1/overrides/shop/web', body), { status: 200, body: { ...row, probes } });
  t.equal(books.overrides.size, 1);
  clock.advance(1500);
  t.same(await send('GET', '/v1/overrides'), {
    status: 200,
    body: { items: [{ ...row, remainingSeconds: 3599 }] },
  });
  t.same((await send('GET', '/v1/overrides?namespace=bank')).body, { items: [] });
  t.match(await send('DELETE', '/v1/overrides/shop/web'), { status: 200, body: { items: [{ service: 'web' }] } });
  t.match(await send('DELETE', '/v1/overrides/shop/web'), { status: 404, body: { code: 'INTERVENTION_NOT_FOUND' } });
  t.equal(books.overrides.size, 0);
});

t.test('UDP is not probed: there is nothing to connect', async (t) => {
  const { send } = setUp(t);
  const { body } = await send('PUT', '/v1/overrides/shop/dns', { target: 'localhost:53', ttl: '1m' });
  t.same(body.probes, []);
});

t.test('one port of a Service is set and ended by itself', async (t) => {
  const { send, books } = setUp(t);
  const body = { target: '127.0.0.1:3000', ttl: '1h' };
  t.match(await send('PUT', '/v1/overrides/shop/web', { ...body, port: 'http' }), { body: { port: 'http' } });
  await send('PUT', '/v1/overrides/shop/web', body);
  t.equal(books.overrides.size, 2);
  t.match(await send('DELETE', '/v1/overrides/shop/web?port=http'), { body: { items: [{ port: 'http' }] } });
  t.match(await send('DELETE', '/v1/overrides/shop/web?port=%21'), {
    status: 400,
    body: { detail: /^port: expected/ },
  });
  t.equal(books.overrides.size, 1);
});

const BAD: readonly (readonly [string, string, object, number, string, RegExp])[] = [
  ['no end', 'shop/web', { target: 'localhost:1' }, 400, 'BAD_REQUEST', /^ttl: needed: how long it lasts/],
  [
    'two things wrong',
    'shop/web',
    { target: 'x', ttl: '1h', match: 'y' },
    400,
    'BAD_REQUEST',
    /^target: expected .*; match: expected/,
  ],
  ['no target', 'shop/web', { ttl: '1h' }, 400, 'BAD_REQUEST', /target/],
  ['an unknown field', 'shop/web', { target: 'localhost:1', ttl: '1h', tll: '2h' }, 400, 'BAD_REQUEST', /additional/],
  ['an unknown Service', 'shop/wep', { target: 'localhost:1', ttl: '1h' }, 404, 'SVC_NOT_FOUND', /wep/],
  ['an unknown port', 'shop/web', { target: 'localhost:1', ttl: '1h', port: 'no' }, 404, 'PORT_NOT_FOUND', /port/],
  ['itself', 'shop/web', { target: '10.96.0.15:80', ttl: '1h' }, 422, 'OVERRIDE_LOOP', /leads back to web/],
];

for (const [name, service, body, status, code, detail] of BAD) {
  t.test(`refused: ${name}`, async (t) => {
    const { send, books } = setUp(t);
    t.match(await send('PUT', `/v1/overrides/${service}`, body), { status, body: { code, detail } });
    t.equal(books.overrides.size, 0);
  });
}

t.test('a loop over another Service is found, a chain is none', async (t) => {
  const { send } = setUp(t);
  const to = (target: string) => ({ target, ttl: '1h' });
  t.equal((await send('PUT', '/v1/overrides/shop/web', to('10.96.0.20:53'))).status, 200);
  t.match(await send('PUT', '/v1/overrides/shop/dns', to('10.96.0.15:80')), { body: { code: 'OVERRIDE_LOOP' } });
});

t.test('where the configuration allows none, none can be set, but one can be ended', async (t) => {
  const { send, books } = setUp(t, { allowed: false });
  const set = await send('PUT', '/v1/faults/shop/web', { refuse: '100%', ttl: '1m' });
  t.match(set, { status: 403, body: { code: 'CHANGES_OFF', hint: /admin\.allowInterventions/ } });
  t.equal((await send('PUT', '/v1/overrides/shop/web', { target: 'localhost:1', ttl: '1h' })).status, 403);
  books.faults.set(faultOf({ refuse: '100%' }), 1000);
  t.equal((await send('DELETE', '/v1/faults/shop/web')).status, 200);
});

t.test('without the token nothing can be set', async (t) => {
  const { app } = setUp(t);
  for (const method of ['PUT', 'DELETE'] as const) {
    for (const kind of ['overrides', 'faults']) {
      t.equal((await app.inject({ method, url: `/v1/${kind}/shop/web`, payload: {} })).statusCode, 401);
    }
  }
});

t.test('routes and the status tell what is in force', async (t) => {
  const { send } = setUp(t);
  await send('PUT', '/v1/overrides/shop/web', { target: 'localhost:3000', match: '20%', ttl: '1h' });
  await send('PUT', '/v1/faults/shop/web', { latency: '300ms', ttl: '10m' });
  t.match((await send('GET', '/v1/routes?service=web')).body.items, [
    {
      notes: [
        { kind: 'override', text: 'localhost:3000 (20%)', until: '1970-01-01T01:01:40.000Z' },
        { kind: 'fault', text: 'latency 300ms', until: '1970-01-01T00:11:40.000Z' },
      ],
    },
  ]);
  t.same((await send('GET', '/v1/routes?service=dns')).body.items[0].notes, []);
  t.match((await send('GET', '/v1/status')).body, { counts: { overrides: 1, faults: 1 } });
});
