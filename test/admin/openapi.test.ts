import { readFileSync } from 'node:fs';
import t from 'tap';
import { buildAdminApp } from '../../src/admin/admin-app.ts';
import { SvclaneError } from '../../src/errors.ts';
import { at, documentOf, mismatch, operationsOf, problemTable } from '../fixtures/api-document.ts';
import { fullApp, fullView, RIGHT, TOKEN } from '../fixtures/api-view.ts';

const WEB = 'shop~web~http~TCP~10.244.1.7~8080';

type Request = { readonly url: string; readonly payload?: object; readonly headers?: Readonly<Record<string, string>> };

/** What each operation is asked, and the status that it answers with. Every status of its own has a request. */
const REQUESTS: Readonly<Record<string, readonly (readonly [status: number, request: Request])[]>> = {
  explain: [
    [200, { url: '/v1/explain?namespace=shop&service=web&from=10.244.0.1' }],
    [400, { url: '/v1/explain' }],
    [404, { url: '/v1/explain?service=none' }],
  ],
  listHistory: [
    [200, { url: '/v1/history' }],
    [200, { url: '/v1/history?limit=1' }],
    [400, { url: '/v1/history?since=soon' }],
  ],
  listRoutes: [
    [200, { url: '/v1/routes?limit=1' }],
    [200, { url: '/v1/routes?at=1' }],
    [400, { url: '/v1/routes?limit=x' }],
    [404, { url: '/v1/routes?at=77' }],
  ],
  describeRoute: [
    [200, { url: '/v1/routes/shop/web/http' }],
    [200, { url: '/v1/routes/shop/dns/53@udp' }],
    [200, { url: '/v1/routes/shop/web/80?at=1' }],
    [400, { url: '/v1/routes/shop/web/80?at=soon' }],
    [404, { url: '/v1/routes/shop/web/http2' }],
  ],
  listConnections: [
    [200, { url: '/v1/connections' }],
    [400, { url: '/v1/connections?limit=0' }],
  ],
  listUdpFlows: [[200, { url: '/v1/udp?namespace=shop' }]],
  listListeners: [[200, { url: '/v1/listeners' }]],
  listEndpoints: [[200, { url: '/v1/endpoints?limit=1' }]],
  listServices: [[200, { url: '/v1/services' }]],
  listObjects: [
    [200, { url: '/v1/objects?limit=1' }],
    [404, { url: '/v1/objects?at=77' }],
  ],
  listEjections: [[200, { url: '/v1/ejections' }]],
  followEvents: [[400, { url: `/v1/events?reasons=${'x'.repeat(300)}` }]],
  drainEndpoint: [
    [200, { url: `/v1/endpoints/${WEB}:drain` }],
    [404, { url: '/v1/endpoints/shop~web~http~TCP~10.9.9.9~1:drain' }],
  ],
  restoreEndpoint: [
    [200, { url: `/v1/endpoints/${WEB}:restore` }],
    [404, { url: '/v1/endpoints/none:restore' }],
  ],
  endFlow: [
    [200, { url: '/v1/connections/c-41' }],
    [404, { url: '/v1/connections/c-77' }],
  ],
  probe: [
    [200, { url: '/v1/probe', payload: { namespace: 'shop', service: 'web' } }],
    [200, { url: '/v1/probe', payload: { namespace: 'shop', service: 'dns', port: 'dns', timeoutMs: 5 } }],
    [400, { url: '/v1/probe', payload: { service: 5, nonsense: true } }],
    [404, { url: '/v1/probe', payload: { service: 'none' } }],
    [413, { url: '/v1/probe', payload: { service: 'x'.repeat(70_000) } }],
    [415, { url: '/v1/probe', payload: {}, headers: { 'content-type': 'text/plain' } }],
  ],
  listOverrides: [[200, { url: '/v1/overrides' }]],
  setOverride: [
    [200, { url: '/v1/overrides/shop/web', payload: { target: 'localhost:3000', match: '20%', ttl: '1h' } }],
    [400, { url: '/v1/overrides/shop/web', payload: { target: 'elsewhere.example:1', ttl: '1h' } }],
    [404, { url: '/v1/overrides/shop/none', payload: { target: 'localhost:3000', ttl: '1h' } }],
  ],
  endOverride: [
    [200, { url: '/v1/overrides/shop/web' }],
    [404, { url: '/v1/overrides/shop/dns' }],
  ],
  listFaults: [[200, { url: '/v1/faults' }]],
  setFault: [
    [200, { url: '/v1/faults/shop/web', payload: { latency: '300ms', ttl: '10m' } }],
    [400, { url: '/v1/faults/shop/web', payload: { latency: '300ms' } }],
    [404, { url: '/v1/faults/shop/none', payload: { latency: '300ms', ttl: '10m' } }],
  ],
  endFault: [
    [200, { url: '/v1/faults/shop/web' }],
    [404, { url: '/v1/faults/shop/dns' }],
  ],
  reload: [[200, { url: '/v1/reload' }]],
  listRates: [[200, { url: '/v1/rates?step=60' }]],
  getBundle: [
    [200, { url: '/v1/bundle' }],
    [400, { url: '/v1/bundle?since=soon' }],
  ],
  getStatus: [[200, { url: '/v1/status' }]],
  getVersion: [[200, { url: '/v1/version' }]],
  getConfig: [[200, { url: '/configz' }]],
  getOpenApi: [[200, { url: '/openapi.json' }]],
};

t.test('every operation of the document answers as the document says', async (t) => {
  const app = fullApp();
  t.teardown(() => app.close());
  const document = await documentOf(app);
  for (const operation of operationsOf(document)) {
    const requests = REQUESTS[operation.id] ?? [];
    t.not(requests.length, 0, `${operation.id} is asked`);
    for (const [status, { url, headers = {}, payload }] of requests) {
      const body = payload && { payload: JSON.stringify(payload) };
      const type = payload && { 'content-type': 'application/json' };
      const response = await app.inject({
        method: methodOf(operation.method),
        url,
        headers: { ...RIGHT, ...type, ...headers },
        ...body,
      });
      t.equal(response.statusCode, status, `${operation.id} ${url.slice(0, 60)}`);
      t.equal(mismatch(document, operation, response), undefined, `${operation.id} ${status}`);
      t.match(url.split('?')[0], patternOf(operation.path), `${operation.id} is at its path`);
    }
  }
});

t.test('what an operation answers with otherwise is in the document too', async (t) => {
  const failing = (): never => raise(new Error('inside'));
  const app = fullApp({
    config: failing,
    reload: () => Promise.reject(new SvclaneError('SVL_CONFIG_INVALID', 'line 3', { hint: 'mend it' })),
  });
  const fixed = fullApp({ reload: undefined, drainEndpoint: async () => false });
  t.teardown(() => Promise.all([app.close(), fixed.close()]));
  const document = await documentOf(app);
  const cases = [
    ['getConfig', app, 'GET', '/configz', RIGHT, 500, 'INTERNAL'],
    ['reload', app, 'POST', '/v1/reload', RIGHT, 422, 'SVL_CONFIG_INVALID'],
    ['reload', fixed, 'POST', '/v1/reload', RIGHT, 409, 'RELOAD_UNAVAILABLE'],
    ['reload', fixed, 'POST', '/v1/reload', {}, 401, 'UNAUTHORIZED'],
    ['drainEndpoint', fixed, 'POST', `/v1/endpoints/${WEB}:drain`, RIGHT, 404, 'ENDPOINT_NOT_FOUND'],
    ['getStatus', app, 'GET', '/v1/status', { origin: 'http://evil.example' }, 403, 'HOST_FORBIDDEN'],
  ] as const;
  for (const [id, of, method, url, headers, status, code] of cases) {
    const operation = operationsOf(document).find((candidate) => candidate.id === id);
    const response = await of.inject({ method, url, headers });
    t.match([response.statusCode, response.json()], [status, { code }], `${id} ${status}`);
    if (operation) t.equal(mismatch(document, operation, response), undefined, `${id} ${status}`);
  }
});

t.test('no path is there that the document has not, but for the page', async (t) => {
  const routes: string[] = [];
  const app = buildAdminApp(fullView(), { token: () => TOKEN, ui: true });
  t.teardown(() => app.close());
  app.addHook('onRoute', ({ method, url, schema }) => {
    if (method !== 'HEAD' && schema?.hide !== true) routes.push(`${[method].join()} ${url}`);
  });
  const document = await documentOf(app);
  const documented = operationsOf(document).map(({ method, path }) => `${method} ${path}`);
  t.same(
    routes.map((route) => route.replace(/(?<!:):(\w+)(\([^)]*\))?/g, '{$1}').replace('::', ':')).sort(),
    documented.sort(),
  );
});

t.test(
  'each operation has a name of its own, a tag, a summary, its parameters, and the token where it changes',
  async (t) => {
    const app = fullApp();
    t.teardown(() => app.close());
    const document = await documentOf(app);
    const operations = operationsOf(document);
    t.equal(document.openapi, '3.1.0');
    t.equal(new Set(operations.map(({ id }) => id)).size, operations.length);
    for (const { id, method, path, document: operation } of operations) {
      t.match(operation, { tags: [String], summary: /^[A-Z].*[^.]$/ }, id);
      const { parameters = [] } = operation;
      const inPath = (Array.isArray(parameters) ? parameters : []).filter((parameter) => at(parameter).in === 'path');
      t.same(
        inPath.map((parameter) => at(parameter).name),
        [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
        id,
      );
      t.equal('security' in operation, method !== 'GET', id);
      for (const response of Object.values(at(operation, 'responses')))
        t.not(at(response).description, 'Default Response', id);
    }
  },
);

t.test('docs/openapi.json is the document', async (t) => {
  const app = fullApp();
  t.teardown(() => app.close());
  const file: unknown = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'));
  t.same(file, await documentOf(app), 'node test/docs/run-openapi.ts writes it');
});

t.test('docs/api.md has every code of a problem with its meaning, and no other', (t) => {
  const text = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
  t.match(text, `<!-- codes -->\n${problemTable()}\n<!-- end of codes -->`, 'node test/docs/run-openapi.ts writes it');
  t.end();
});

function methodOf(text: string): 'GET' | 'POST' | 'PUT' | 'DELETE' {
  return (['GET', 'POST', 'PUT', 'DELETE'] as const).find((known) => known === text) ?? raise(new Error(text));
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`);
}

function raise(error: Error): never {
  throw error;
}
