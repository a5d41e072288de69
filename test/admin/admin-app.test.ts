import t from 'tap';
import { buildAdminApp } from '../../src/admin/admin-app.ts';
import { frontendOf, portOf, routeOf, serviceRoutesOf, tableOf, viewOf } from '../fixtures/admin.ts';

const TOKEN = 'a-token-for-the-tests';
const authorization = `Bearer ${TOKEN}`;

const web = portOf('shop/web', ['10.244.1.7:8080']);
const table = tableOf(9, [serviceRoutesOf('shop/web', [routeOf(frontendOf('10.96.0.15', 80), web)])]);
const view = viewOf(table);

t.test('every path answers JSON of its schema', async (t) => {
  const app = buildAdminApp(view);
  t.teardown(() => app.close());
  const cases: readonly [string, object][] = [
    ['/v1/routes', { generation: 9, items: [{ service: 'web', endpoints: [{ address: '10.244.1.7' }] }] }],
    ['/v1/routes?namespace=shop&service=web&limit=1', { items: { length: 1 } }],
    ['/v1/routes?namespace=none', { items: { length: 0 } }],
    ['/v1/ejections?namespace=shop', { generation: 9, items: { length: 0 } }],
    ['/v1/status', { generation: 9, source: { resources: [{ ageSeconds: 30 }] } }],
    ['/v1/version', { svclane: '1.2.3', node: process.versions.node }],
    ['/configz', { svclane: { mode: 'node' } }],
  ];
  for (const [url, expected] of cases) {
    const response = await app.inject({ url });
    t.equal(response.statusCode, 200, url);
    t.match(response.headers['content-type'], /^application\/json/, url);
    t.match(response.headers, { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' }, url);
    t.match(response.json(), expected, url);
  }
});

type Case = readonly [
  url: string,
  method: 'GET' | 'HEAD' | 'POST' | 'PUT',
  status: number,
  code: string,
  body?: string,
];

t.test('errors are problem documents with a code, and do not echo', async (t) => {
  const broken = viewOf(table, {}, { source: () => raise('secret detail') });
  const app = buildAdminApp(broken, { token: () => TOKEN });
  t.teardown(() => app.close());
  const json = { authorization, 'content-type': 'application/json' };
  const cases: readonly Case[] = [
    ['/nothing', 'GET', 404, 'NOT_FOUND'],
    ['/v1/routes', 'POST', 405, 'METHOD_NOT_ALLOWED'],
    ['/v1/endpoints/nothing:drain', 'GET', 405, 'METHOD_NOT_ALLOWED'],
    ['/v1/endpoints/nothing:erase', 'POST', 404, 'NOT_FOUND'],
    ['/v1/routes?limit=0', 'GET', 400, 'BAD_REQUEST'],
    ['/v1/routes?limit=many', 'GET', 400, 'BAD_REQUEST'],
    ['/v1/routes?continue=nonsense', 'GET', 400, 'BAD_REQUEST'],
    ['/v1/history?continue=nothing', 'GET', 400, 'BAD_REQUEST'],
    ['/%zz/nothing', 'GET', 400, 'BAD_REQUEST'],
    [`/v1/routes/shop/web/nothing${'g'.repeat(600)}`, 'GET', 414, 'BAD_REQUEST'],
    ['/v1/routes/shop/web/nothing', 'GET', 404, 'PORT_NOT_FOUND'],
    ['/v1/routes/shop/nothing/80', 'GET', 404, 'SVC_NOT_FOUND'],
    ['/v1/probe', 'POST', 400, 'BAD_REQUEST', '{"nothing'],
    ['/v1/probe', 'POST', 400, 'BAD_REQUEST', '{"service":"web","nothing":1}'],
    ['/v1/probe', 'POST', 400, 'BAD_REQUEST', '{"__proto__":{"service":"web"}}'],
    ['/v1/probe', 'POST', 413, 'BODY_TOO_LARGE', JSON.stringify({ service: 'x'.repeat(65_536) })],
    ['/v1/status', 'GET', 500, 'INTERNAL'],
  ];
  for (const [url, method, status, code, payload] of cases) {
    const name = `${method} ${url.slice(0, 60)}`;
    const response = await app.inject({
      url,
      method,
      headers: payload === undefined ? { authorization } : json,
      payload: payload ?? '',
    });
    t.equal(response.statusCode, status, name);
    t.match(response.headers['content-type'], /^application\/problem\+json/, name);
    t.match(response.json(), { status, code, title: String }, name);
    t.notMatch(response.body, /secret|nothing"/, name);
  }
});

t.test('a path that takes other methods names them', async (t) => {
  const app = buildAdminApp(view, { token: () => TOKEN });
  t.teardown(() => app.close());
  const cases: readonly [string, 'PUT' | 'OPTIONS' | 'HEAD', string][] = [
    ['/v1/routes?limit=1', 'PUT', 'GET, HEAD'],
    ['/v1/connections/c-1', 'OPTIONS', 'DELETE'],
    ['/v1/endpoints/a~b:drain', 'PUT', 'POST'],
    ['/v1/events', 'HEAD', 'GET'],
  ];
  for (const [url, method, allow] of cases) {
    const response = await app.inject({ url, method, headers: { authorization } });
    t.equal(response.statusCode, 405, url);
    t.equal(response.headers.allow, allow, url);
  }
});

t.test('a body that is no JSON is refused, whatever it says', async (t) => {
  const app = buildAdminApp(view, { token: () => TOKEN });
  t.teardown(() => app.close());
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'nonsense',
  ]) {
    const headers = { authorization, 'content-type': type };
    const response = await app.inject({ url: '/v1/probe', method: 'POST', headers, payload: '{"service":"web"}' });
    t.match([response.statusCode, response.json()], [415, { code: 'MEDIA_TYPE_UNSUPPORTED' }], type);
  }
});

function raise(message: string): never {
  throw new Error(message);
}
