import { once } from 'node:events';
import { createServer } from 'node:net';
import t from 'tap';
import { request } from 'undici';
import { buildHealthApp, type Check, createHealthServer, type HealthView } from '../../src/admin/health-server.ts';
import { RETRY_MS } from '../../src/admin/http-listener.ts';
import { ProxyHealth } from '../../src/admin/proxy-health.ts';
import { channels, type HttpServerFailedMessage, type HttpServerMessage } from '../../src/observability/channels.ts';
import { FakeClock } from '../fixtures/balancing.ts';

function setUp(over: { live?: Check[]; ready?: Check[]; stale?: boolean } = {}) {
  const clock = new FakeClock();
  const health = new ProxyHealth({ clock, watchAge: () => ({ ageSeconds: 1, stale: over.stale ?? false }) });
  const view: HealthView = { health, liveChecks: () => over.live ?? [], readyChecks: () => over.ready ?? [] };
  return { clock, health, view };
}

const LAGS: Check = { name: 'eventloop', ok: false, detail: 'lags by 6 s' };
const SYNCED: Check = { name: 'sync', ok: true, detail: '' };
const UNBOUND: Check = { name: 'listeners', ok: false, detail: '' };

t.test('health is told as text or JSON, with the status that fits', async (t) => {
  const stale = { stale: true };
  const cases: readonly [string, Parameters<typeof setUp>[0], number, RegExp][] = [
    ['/healthz', {}, 200, /^{"lastUpdated":.*"nodeEligible":true,"healthy":true/],
    ['/healthz', stale, 200, /"stale":true/],
    ['/healthz?strict', stale, 503, /"stale":true/],
    ['/healthz?strict=false', stale, 200, /"stale":true/],
    ['/livez', {}, 200, /^{"lastUpdated":/],
    ['/livez', { live: [LAGS] }, 503, /"healthy":true/],
    [
      '/livez?verbose',
      { live: [LAGS] },
      503,
      /^\[\+]sync ok\n\[-]eventloop failed: lags by 6 s\nlivez check failed\n$/,
    ],
    ['/livez?verbose', {}, 200, /^\[\+]sync ok\nlivez check passed\n$/],
    ['/readyz', { ready: [SYNCED] }, 200, /^ok$/],
    ['/readyz?verbose', { ready: [SYNCED] }, 200, /^\[\+]sync ok\nreadyz check passed\n$/],
    ['/readyz', { ready: [SYNCED, UNBOUND] }, 503, /^\[\+]sync ok\n\[-]listeners failed\nreadyz check failed\n$/],
  ];
  for (const [url, state, status, body] of cases) {
    const app = buildHealthApp(setUp(state).view);
    const response = await app.inject({ url });
    t.equal(response.statusCode, status, url);
    t.match(response.body, body, url);
    t.equal(response.headers['x-content-type-options'], 'nosniff', url);
    await app.close();
  }
});

t.test('nothing else is served', async (t) => {
  const app = buildHealthApp(setUp().view);
  t.teardown(() => app.close());
  for (const url of ['/', '/metrics', '/debug/pprof/', '/v1/routes', '/configz']) {
    t.equal((await app.inject({ url })).statusCode, 404, url);
  }
  t.equal((await app.inject({ url: '/healthz', method: 'POST' })).statusCode, 405);
});

t.test('each answer is published with its status', async (t) => {
  const seen: string[] = [];
  const listener = ({ endpoint, status }: { endpoint: string; status: number }) => seen.push(`${endpoint} ${status}`);
  channels.healthAnswered.subscribe(listener);
  t.teardown(() => channels.healthAnswered.unsubscribe(listener));
  const { view, health } = setUp();
  const app = buildHealthApp(view);
  t.teardown(() => app.close());
  health.nodeChanged(undefined);
  for (const url of ['/healthz', '/livez', '/livez?verbose']) await app.inject({ url });
  t.same(seen, ['healthz 503', 'livez 200', 'livez 200']);
});

t.test('an address that is taken is published once, and bound as soon as it is free', async (t) => {
  const blocker = createServer().listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  const address = blocker.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const { clock, view } = setUp();
  const server = createHealthServer(view, { bindAddress: `127.0.0.1:${port}`, clock });
  t.teardown(() => server.close());
  const failed: HttpServerFailedMessage[] = [];
  const onFailed = (message: HttpServerFailedMessage) => void failed.push(message);
  channels.httpServerFailed.subscribe(onFailed);
  t.teardown(() => channels.httpServerFailed.unsubscribe(onFailed));
  await server.start();
  await server.start();
  t.match(failed, [{ server: 'health', service: '', address: `127.0.0.1:${port}`, error: { code: 'EADDRINUSE' } }]);
  t.equal(failed.length, 1);
  t.equal(clock.timers, 1);
  blocker.close();
  await once(blocker, 'close');
  const bound = new Promise<HttpServerMessage>((resolve) => {
    channels.httpServerBound.subscribe(resolve);
    t.teardown(() => channels.httpServerBound.unsubscribe(resolve));
  });
  clock.advance(RETRY_MS);
  t.match(await bound, { server: 'health', address: `127.0.0.1:${port}` });
  const response = await request(`http://127.0.0.1:${port}/readyz`);
  t.equal(await response.body.text(), 'ok');
});

t.test('a server that is closed before it could bind tries no more', async (t) => {
  const blocker = createServer().listen(0, '127.0.0.1');
  t.teardown(() => blocker.close());
  await once(blocker, 'listening');
  const address = blocker.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const { clock, view } = setUp();
  const server = createHealthServer(view, { bindAddress: `127.0.0.1:${port}`, clock });
  await server.start();
  await server.close();
  t.equal(clock.timers, 0);
  t.throws(() => createHealthServer(view, { bindAddress: 'nonsense', clock }), { code: 'SVL_LISTEN' });
});
