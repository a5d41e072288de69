import t from 'tap';
import { buildAdminApp } from '../../src/admin/admin-app.ts';
import { MAX_INTERVENTIONS } from '../../src/balancing/interventions.ts';
import { frontendOf, portOf, routeOf, serviceRoutesOf, tableOf, viewOf } from '../fixtures/admin.ts';
import { FakeClock } from '../fixtures/balancing.ts';
import { booksOf, faultOf } from '../fixtures/interventions.ts';

const headers = { authorization: 'Bearer secret' };

function setUp() {
  const books = booksOf(new FakeClock(100_000));
  const web = routeOf(frontendOf('10.96.0.15', 80), portOf('shop/web', ['10.244.1.7:8080']));
  const interventions = { overrides: books.overrides, faults: books.faults, allowed: () => true };
  const view = viewOf(tableOf(7, [serviceRoutesOf('shop/web', [web])]), {}, { interventions });
  return { app: buildAdminApp(view, { token: () => 'secret' }), books };
}

t.test('a fault is set, seen, and ended', async (t) => {
  const { app, books } = setUp();
  const row = {
    namespace: 'shop',
    service: 'web',
    port: '',
    frontends: 1,
    setAt: '1970-01-01T00:01:40.000Z',
    until: '1970-01-01T00:11:40.000Z',
    remainingSeconds: 600,
    fault: 'latency 300ms±50ms, reset 2%, rate 64KiB/s',
    latencyMs: 300,
    jitterMs: 50,
    refusePercent: 0,
    blackholePercent: 0,
    resetPercent: 2,
    bytesPerSecond: 65_536,
  };
  const payload = { latency: '300ms~50ms', reset: '2%', rate: '64KiB/s', ttl: '10m' };
  const set = await app.inject({ method: 'PUT', url: '/v1/faults/shop/web', headers, payload });
  t.same([set.statusCode, set.json()], [200, row]);
  t.same((await app.inject('/v1/faults?service=web')).json(), { items: [row] });
  t.same((await app.inject('/v1/faults?service=api')).json(), { items: [] });
  const ended = await app.inject({ method: 'DELETE', url: '/v1/faults/shop/web', headers });
  t.same([ended.statusCode, ended.json()], [200, { items: [row] }]);
  t.equal(books.faults.size, 0);
});

t.test('what is wrong is told with its field', async (t) => {
  const { app } = setUp();
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ latency: '300ms' }, /^ttl: needed/],
    [{ ttl: '1m' }, /^fault: needed: at least one of latency/],
    [{ latency: '3', ttl: '1m' }, /^latency: expected a duration such as 300ms/],
    [{ rate: '64', reset: '2', ttl: '1m' }, /^reset: expected .*; rate: expected/],
  ];
  for (const [payload, detail] of cases) {
    const answer = await app.inject({ method: 'PUT', url: '/v1/faults/shop/web', headers, payload });
    t.match(answer.json(), { status: 400, code: 'BAD_REQUEST', detail });
  }
});

t.test('there is a limit', async (t) => {
  const { app, books } = setUp();
  for (let i = 0; i < MAX_INTERVENTIONS; i++) books.faults.set(faultOf({ reset: '1%', service: `s${i}` }), 60_000);
  const payload = { reset: '1%', ttl: '1m' };
  const answer = await app.inject({ method: 'PUT', url: '/v1/faults/shop/web', headers, payload });
  t.match(answer.json(), { status: 409, code: 'LIMIT_REACHED', hint: /delete one/ });
});
