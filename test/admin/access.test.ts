import t from 'tap';
import type { Reach } from '../../src/admin/access.ts';
import { type AdminAppOptions, buildAdminApp } from '../../src/admin/admin-app.ts';
import type { HttpApp } from '../../src/admin/http-app.ts';
import { type ChangeMessage, channels } from '../../src/observability/channels.ts';
import { tableOf, viewOf } from '../fixtures/admin.ts';

const TOKEN = 'a-token-for-the-tests';
const RIGHT = { authorization: `Bearer ${TOKEN}` };
const WRONG = { authorization: 'Bearer another-token-than-that' };

type Headers = Readonly<Record<string, string>>;

/** Apps are made once for the same options: that takes a while. */
const apps = new Map<string, HttpApp>();
t.after(() => Promise.all([...apps.values()].map((app) => app.close())));

function appOf({ hasToken = true, ...options }: Options): HttpApp {
  const key = JSON.stringify({ hasToken, ...options });
  const token = () => (hasToken ? TOKEN : undefined);
  const app = apps.get(key) ?? buildAdminApp(viewOf(tableOf(1, [])), { token, ...options });
  apps.set(key, app);
  return app;
}

type Options = AdminAppOptions & { readonly hasToken?: boolean };

async function statusOf(method: 'GET' | 'POST', headers: Headers, options: Options): Promise<number> {
  const url = method === 'GET' ? '/v1/version' : '/v1/reload';
  return (await appOf(options).inject({ url, method, headers: { host: 'localhost:80', ...headers } })).statusCode;
}

t.test('reading is free for whoever is on this machine; from others it needs the token', async (t) => {
  const cases: readonly [Reach, Headers, number][] = [
    ['socket', {}, 200],
    ['loopback', {}, 200],
    ['loopback', WRONG, 200],
    ['network', {}, 401],
    ['network', WRONG, 401],
    ['network', { authorization: TOKEN }, 401],
    ['network', { authorization: `Basic ${TOKEN}` }, 401],
    ['network', { authorization: `Bearer ${TOKEN}x` }, 401],
    ['network', RIGHT, 200],
    ['network', { authorization: `bearer   ${TOKEN}` }, 200],
    ['network', { ...RIGHT, host: 'node-a.example:10290' }, 200],
  ];
  for (const [reach, headers, status] of cases) {
    t.equal(await statusOf('GET', headers, { reach }), status, `${reach} ${JSON.stringify(headers)}`);
  }
});

t.test('the page is for everybody, so that the token can be entered there, and nothing else is', async (t) => {
  const app = appOf({ reach: 'network', ui: true });
  const page = await app.inject('/');
  t.equal(page.statusCode, 200);
  const part = /"(ui\/[^"]+\.js)"/.exec(page.body)?.[1] ?? '';
  t.equal((await app.inject(`/${part}`)).statusCode, 200);
  for (const url of ['/v1/services', '/v1/events', '/configz', '/openapi.json', '/ui', '//', '/nothing']) {
    t.equal((await app.inject(url)).statusCode, 401, url);
  }
  t.equal((await app.inject({ method: 'POST', url: '/' })).statusCode, 401);
});

t.test('a change needs the token everywhere, and a configuration that allows it', async (t) => {
  const cases: readonly [Options, Headers, number][] = [
    [{ reach: 'socket' }, {}, 401],
    [{ reach: 'socket' }, WRONG, 401],
    [{ reach: 'socket' }, RIGHT, 200],
    [{ reach: 'loopback' }, {}, 401],
    [{ reach: 'loopback' }, RIGHT, 200],
    [{ reach: 'network' }, RIGHT, 200],
    [{ reach: 'network' }, WRONG, 401],
    [{ allowMutations: false }, RIGHT, 403],
    [{ allowMutations: false, reach: 'network' }, WRONG, 401],
    [{ hasToken: false }, {}, 403],
    [{ hasToken: false }, { authorization: 'Bearer undefined' }, 403],
    [{ hasToken: false, reach: 'network' }, { authorization: 'Bearer undefined' }, 401],
  ];
  for (const [options, headers, status] of cases) {
    const name = `${options.reach ?? ''} ${JSON.stringify(options)} ${JSON.stringify(headers)}`;
    t.equal(await statusOf('POST', headers, options), status, name);
  }
});

t.test('on loopback only names that cannot be rebound are answered', async (t) => {
  const cases: readonly [Headers, number][] = [
    [{ host: 'localhost:10290' }, 200],
    [{ host: '127.0.0.1' }, 200],
    [{ host: '[::1]:10290' }, 200],
    [{ host: 'evil.example:10290' }, 403],
    [{ host: 'localhost.evil.example' }, 403],
  ];
  for (const [headers, status] of cases) {
    t.equal(await statusOf('GET', headers, { reach: 'loopback' }), status, JSON.stringify(headers));
  }
});

t.test('a page of another origin is not answered, even with the token', async (t) => {
  const own = { host: 'localhost:10290', origin: 'http://localhost:10290' };
  const cases: readonly ['GET' | 'POST', Headers, number][] = [
    ['GET', own, 200],
    ['POST', own, 200],
    ['POST', { ...own, 'sec-fetch-site': 'same-origin' }, 200],
    ['POST', { ...own, 'sec-fetch-site': 'none' }, 200],
    ['POST', { 'sec-fetch-site': 'cross-site' }, 403],
    ['POST', { 'sec-fetch-site': 'same-site' }, 403],
    ['GET', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 200],
    ['GET', { ...own, origin: 'http://evil.example' }, 403],
    ['GET', { ...own, origin: 'http://localhost:3000' }, 403],
    ['GET', { ...own, origin: 'http://localhost:10290.evil.example' }, 403],
    ['POST', { ...own, origin: 'http://evil.example' }, 403],
    ['POST', { ...own, origin: 'http://127.0.0.1:10290' }, 403],
    ['POST', { ...own, origin: 'null' }, 403],
    ['POST', { ...own, origin: '' }, 403],
  ];
  for (const reach of ['loopback', 'socket'] as const) {
    for (const [method, headers, status] of cases) {
      t.equal(
        await statusOf(method, { ...RIGHT, ...headers }, { reach }),
        status,
        `${reach} ${JSON.stringify(headers)}`,
      );
    }
  }
});

t.test('a refusal for want of a token tells nothing of the state, not even which paths there are', async (t) => {
  const app = appOf({ reach: 'network', ui: true });
  const bodies = new Set<string>();
  for (const url of ['/v1/version', '/nothing', '/openapi.json', '/v1/routes/a/b/c']) {
    for (const method of ['GET', 'POST', 'DELETE'] as const) {
      const response = await app.inject({ url, method });
      t.equal(response.statusCode, 401, `${method} ${url}`);
      t.match(response.headers['www-authenticate'], /^Bearer/);
      bodies.add(response.body);
    }
  }
  t.equal(bodies.size, 1);
});

t.test('each change is told, accepted or refused, and reading is not', async (t) => {
  const heard: ChangeMessage[] = [];
  const listener = (message: ChangeMessage): void => void heard.push(message);
  channels.changeRequested.subscribe(listener);
  t.teardown(() => channels.changeRequested.unsubscribe(listener));
  const view = viewOf(tableOf(1, []), {}, { endFlow: async (id) => id === 'c-1' });
  const app = buildAdminApp(view, { token: () => TOKEN });
  t.teardown(() => app.close());
  await app.inject({ url: '/v1/version' });
  const done = await app.inject({ url: '/v1/connections/c-1', method: 'DELETE', headers: RIGHT });
  await app.inject({ url: '/v1/connections/c-2?x=1', method: 'DELETE', headers: RIGHT });
  await app.inject({ url: '/v1/connections/c-1', method: 'DELETE', headers: WRONG });
  await app.inject({ url: `/${'x'.repeat(1000)}`, method: 'PUT', headers: RIGHT });
  const common = { peer: /^127\.0\.0\.1:\d+$/, action: 'endFlow' };
  t.match(heard, [
    { ...common, who: 'token', target: '/v1/connections/c-1', outcome: 'accepted', status: 200, code: '' },
    { ...common, who: 'token', target: '/v1/connections/c-2', outcome: 'refused', status: 404, code: 'FLOW_NOT_FOUND' },
    { ...common, who: 'nobody', target: '/v1/connections/c-1', outcome: 'refused', status: 401, code: 'UNAUTHORIZED' },
    { who: 'token', action: 'PUT', target: /^\/x{511}$/, outcome: 'refused', status: 404, code: 'NOT_FOUND' },
  ]);
  t.equal(done.headers['x-request-id'], heard[0]?.requestId);
  t.equal(new Set(heard.map(({ requestId }) => requestId)).size, 4);
});
