import { once } from 'node:events';
import { createServer } from 'node:net';
import t, { type Test } from 'tap';
import { request } from 'undici';
import { RETRY_MS } from '../../src/admin/http-listener.ts';
import { createServiceHealth } from '../../src/admin/service-health.ts';
import { channels, type HttpServerFailedMessage, type HttpServerMessage } from '../../src/observability/channels.ts';
import { FakeClock } from '../fixtures/balancing.ts';

/** Ports that were free a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  const ports: number[] = [];
  for (const server of servers) {
    if (!server.listening) await once(server, 'listening');
    const address = server.address();
    if (typeof address === 'object' && address) ports.push(address.port);
  }
  for (const server of servers) {
    server.close();
    await once(server, 'close');
  }
  return ports;
}

function setUp(t: Test, addresses: readonly string[] = ['127.0.0.1']) {
  const clock = new FakeClock();
  const state = { healthy: true, addresses };
  const health = createServiceHealth({ clock, addresses: () => state.addresses, proxyHealthy: () => state.healthy });
  t.teardown(() => health.close());
  return { clock, state, health };
}

t.test('any path and method gets the answer of the Service', async (t) => {
  const [port = 0] = await freePorts(1);
  const { health, state } = setUp(t);
  await health.sync(new Map([['a/b', port]]), new Map([['a/b', 3]]));
  for (const [method, path] of [
    ['GET', '/'],
    ['POST', '/any/path?x'],
    ['DELETE', '/healthz'],
    ['OPTIONS', '/*'],
  ] as const) {
    const response = await request(`http://127.0.0.1:${port}${path}`, { method });
    t.equal(response.statusCode, 200, method);
    t.match(response.headers, {
      'content-type': 'application/json',
      'x-content-type-options': 'nosniff',
      'x-load-balancing-endpoint-weight': '3',
    });
    t.equal(
      await response.body.text(),
      '{\n\t"service": {\n\t\t"namespace": "a",\n\t\t"name": "b"\n\t},\n\t"localEndpoints": 3,\n\t"serviceProxyHealthy": true\n}',
    );
  }
  state.healthy = false;
  const late = await request(`http://127.0.0.1:${port}/`);
  t.equal(late.statusCode, 503);
  await late.body.dump();
});

t.test('sockets follow the Services and the addresses', async (t) => {
  const [one = 0, two = 0] = await freePorts(2);
  const { health, state } = setUp(t);
  await health.sync(
    new Map([
      ['a/b', one],
      ['c/d', two],
    ]),
    new Map(),
  );
  t.same(health.listening(), [`127.0.0.1:${one}`, `127.0.0.1:${two}`].sort());
  await health.sync(new Map([['c/d', one]]), new Map([['c/d', 1]]));
  t.same(health.listening(), [`127.0.0.1:${one}`]);
  const moved = await request(`http://127.0.0.1:${one}/`);
  t.match(await moved.body.json(), { service: { namespace: 'c', name: 'd' }, localEndpoints: 1 });
  state.addresses = ['127.0.0.2'];
  await health.sync(new Map([['c/d', one]]), new Map());
  t.same(health.listening(), [`127.0.0.2:${one}`]);
  await health.sync(new Map(), new Map());
  t.same(health.listening(), []);
});

t.test('both families have a wildcard socket each', async (t) => {
  const [port = 0] = await freePorts(1);
  const { health } = setUp(t, ['0.0.0.0', '::']);
  await health.sync(new Map([['a/b', port]]), new Map([['a/b', 1]]));
  t.same(health.listening(), [`0.0.0.0:${port}`, `[::]:${port}`]);
  for (const host of ['127.0.0.1', '[::1]']) {
    const response = await request(`http://${host}:${port}/`);
    t.equal(response.statusCode, 200, host);
    await response.body.dump();
  }
});

t.test('a port that is taken is reported with its Service, tried again, and stops no other', async (t) => {
  const blocker = createServer().listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  const address = blocker.address();
  const taken = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const [free = 0] = await freePorts(1);
  const { clock, health } = setUp(t);
  const failed: HttpServerFailedMessage[] = [];
  const onFailed = (message: HttpServerFailedMessage) => void failed.push(message);
  channels.httpServerFailed.subscribe(onFailed);
  t.teardown(() => channels.httpServerFailed.unsubscribe(onFailed));
  const services = new Map([
    ['a/b', taken],
    ['c/d', free],
  ]);
  await health.sync(services, new Map());
  await health.sync(services, new Map());
  t.match(failed, [{ server: 'service-health', service: 'a/b', address: `127.0.0.1:${taken}` }]);
  t.equal(failed.length, 1);
  t.same(health.listening(), [`127.0.0.1:${free}`]);
  blocker.close();
  await once(blocker, 'close');
  const bound = new Promise<HttpServerMessage>((resolve) => {
    channels.httpServerBound.subscribe(resolve);
    t.teardown(() => channels.httpServerBound.unsubscribe(resolve));
  });
  clock.advance(RETRY_MS);
  t.match(await bound, { address: `127.0.0.1:${taken}` });
  await Promise.all([health.close(), health.close()]);
  await health.sync(services, new Map());
  t.same(health.listening(), [], 'a closed one opens nothing');
});
