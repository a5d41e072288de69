import t from 'tap';
import { listRoutes, type RouteQuery } from '../../src/admin/route-rows.ts';
import { frontendOf, portOf, routeOf, serviceRoutesOf, tableOf, viewOf } from '../fixtures/admin.ts';

const web = portOf('shop/web', ['10.244.1.7:8080', '10.244.2.5:8080']);
const dns = portOf('kube-system/dns', [], { portName: '', port: 53 });
const cart = portOf('shop/cart', ['10.244.1.9:8080']);
const table = tableOf(9, [
  serviceRoutesOf('shop/web', [
    routeOf(frontendOf('192.0.2.1', 30080, { kind: 'nodePort' }), web),
    routeOf(frontendOf('10.96.0.15', 80), web),
  ]),
  serviceRoutesOf('shop/headless', []),
  serviceRoutesOf('shop/cart', [routeOf(frontendOf('127.0.0.1', 0, { kind: 'local' }), cart)]),
  serviceRoutesOf('kube-system/dns', [routeOf(frontendOf('10.96.0.10', 53), dns)]),
]);
const view = viewOf(table, {
  '10.96.0.10:53/TCP': { state: 'idle', bound: undefined, failure: undefined },
  '127.0.0.1:0/TCP': { state: 'listening', bound: { address: '127.0.0.1', port: 40123 }, failure: undefined },
  '192.0.2.1:30080/TCP': {
    state: 'failed',
    bound: undefined,
    failure: { code: 'EADDRINUSE', message: 'address in use' },
  },
});
const frontendsOf = (query: RouteQuery): string[] =>
  listRoutes(view, query).items.map(({ frontend }) => frontend.address);

t.test('rows are sorted by Service, then by frontend', (t) => {
  t.same(frontendsOf({}), ['10.96.0.10', '127.0.0.1', '10.96.0.15', '192.0.2.1']);
  t.end();
});

t.test('a row says where, how, how many, since when, and what is wrong', (t) => {
  const rows = listRoutes(view, {}).items;
  t.match(rows[2], {
    namespace: 'shop',
    service: 'web',
    port: 80,
    portName: 'http',
    protocol: 'TCP',
    frontend: { kind: 'clusterIP', address: '10.96.0.15', port: 80 },
    algorithm: 'roundrobin',
    ready: 2,
    total: 2,
    endpoints: [{ address: '10.244.1.7', port: 8080, ready: true, local: false }, { address: '10.244.2.5' }],
    connections: 2,
    generation: 5,
    ageSeconds: 9,
    state: 'listening',
    reason: '',
    error: '',
  });
  t.match(rows[0], { state: 'idle', reason: 'NO_ENDPOINT', error: 'no endpoint is ready', total: 0 });
  t.match(rows[3], { state: 'failed', reason: 'EADDRINUSE', error: 'address in use' });
  t.equal(rows[1]?.frontend.port, 40123, 'a chosen port is the bound one');
  t.end();
});

t.test('what is not known yet is idle, and as old as the table', (t) => {
  const bare = viewOf(
    table,
    {},
    { listener: () => undefined, lastChange: () => undefined, idleReason: () => undefined },
  );
  t.match(listRoutes(bare, {}).items[0], { state: 'idle', reason: '', error: '', generation: 9, ageSeconds: 0 });
  t.end();
});

t.test('namespace and service filter', (t) => {
  const cases: readonly [RouteQuery, number][] = [
    [{ namespace: 'shop' }, 3],
    [{ service: 'web' }, 2],
    [{ namespace: 'shop', service: 'cart' }, 1],
    [{ namespace: 'shop', service: 'none' }, 0],
    [{ namespace: 'none' }, 0],
  ];
  for (const [query, count] of cases) t.equal(frontendsOf(query).length, count, JSON.stringify(query));
  t.end();
});

t.test('pages put together are the whole, and only the last has no continue', (t) => {
  for (const limit of [1, 2, 3, 4, 5]) {
    const seen: string[] = [];
    let query: RouteQuery = { limit };
    for (let page = 0; page < 10; page++) {
      const list = listRoutes(view, query);
      seen.push(...list.items.map(({ frontend }) => frontend.address));
      if (list.continue === undefined) break;
      t.equal(list.items.length, limit);
      query = { limit, continue: list.continue };
    }
    t.same(seen, frontendsOf({}), `limit ${limit}`);
  }
  t.end();
});

t.test('a continue that we did not give is none', (t) => {
  for (const text of [
    '',
    'nonsense',
    Buffer.from('a b').toString('base64url'),
    Buffer.from('a/b').toString('base64url'),
  ]) {
    t.throws(() => listRoutes(view, { continue: text }), { statusCode: 400, code: 'BAD_REQUEST' }, text);
  }
  t.end();
});
