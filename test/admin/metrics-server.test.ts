import t from 'tap';
import { request } from 'undici';
import { buildMetricsApp, createMetricsServer } from '../../src/admin/metrics-server.ts';
import { FakeClock } from '../fixtures/balancing.ts';

const view = {
  async *renderMetrics() {
    yield 'svclane_up ';
    yield '1\n';
  },
};

t.test('the paths of kube-proxy answer as there', async (t) => {
  const app = buildMetricsApp(view);
  t.teardown(() => app.close());
  const cases: readonly [string, number, RegExp, string][] = [
    ['/metrics', 200, /^text\/plain; version=0\.0\.4/, 'svclane_up 1\n'],
    ['/proxyMode', 200, /^text\/plain/, 'svclane'],
    ['/healthz', 200, /^text\/plain/, 'ok'],
  ];
  for (const [url, status, type, body] of cases) {
    const response = await app.inject({ url });
    t.equal(response.statusCode, status, url);
    t.match(response.headers['content-type'], type, url);
    t.equal(response.body, body, url);
  }
  t.equal((await app.inject({ url: '/v1/routes' })).statusCode, 404);
});

t.test('it is served on a socket', async (t) => {
  const server = createMetricsServer(view, { bindAddress: '127.0.0.1:0', clock: new FakeClock() });
  t.teardown(() => server.close());
  await server.start();
  const response = await request(`http://127.0.0.1:${server.address?.port}/metrics`);
  t.equal(await response.body.text(), 'svclane_up 1\n');
});
