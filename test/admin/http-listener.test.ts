import { once } from 'node:events';
import { createServer } from 'node:net';
import t, { type Test } from 'tap';
import { HttpListener, type HttpListenerOptions, RETRY_MS } from '../../src/admin/http-listener.ts';
import { channels, type HttpServerFailedMessage } from '../../src/observability/channels.ts';
import { FakeClock } from '../fixtures/balancing.ts';

const LOOPBACK = { address: '127.0.0.1', port: 0 };

function setUp(t: Test, over: Partial<HttpListenerOptions> = {}) {
  const clock = new FakeClock();
  const failed: string[] = [];
  const onFailed = ({ error }: HttpServerFailedMessage) => void failed.push('code' in error ? String(error.code) : '');
  channels.httpServerFailed.subscribe(onFailed);
  const handler = (): void => {};
  const listener = new HttpListener({ server: 'metrics', target: LOOPBACK, clock, handler, ...over });
  t.teardown(() => {
    channels.httpServerFailed.unsubscribe(onFailed);
    return listener.close();
  });
  return { clock, failed, listener };
}

t.test('concurrent starts bind once', async (t) => {
  const { listener } = setUp(t);
  await Promise.all([listener.start(), listener.start(), listener.bind()]);
  t.ok(listener.isBound);
  const port = listener.address?.port;
  await listener.start();
  t.equal(listener.address?.port, port);
});

t.test('a socket that is closed while it is being bound does not stay', async (t) => {
  const { listener } = setUp(t);
  const started = listener.start();
  await listener.close();
  await started;
  t.notOk(listener.isBound);
  await listener.start();
  t.notOk(listener.isBound, 'nor is it bound again');
});

t.test('bind throws what start would publish', async (t) => {
  const { listener, failed } = setUp(t, { target: await takenBy(t) });
  await t.rejects(listener.bind(), { code: 'EADDRINUSE' });
  t.same(failed, []);
  await listener.start();
  t.same(failed, ['EADDRINUSE']);
});

t.test('quiet errors are retried without a word', async (t) => {
  const { clock, listener, failed } = setUp(t, { target: await takenBy(t), quietErrnos: ['EADDRINUSE'] });
  await listener.start();
  t.same(failed, []);
  t.equal(clock.timers, 1);
  clock.advance(RETRY_MS);
  await listener.start();
  t.equal(clock.timers, 1, 'one retry at a time');
});

async function takenBy(t: Test): Promise<{ address: string; port: number }> {
  const blocker = createServer().listen(0, '127.0.0.1');
  t.teardown(() => blocker.close());
  await once(blocker, 'listening');
  const address = blocker.address();
  return { address: '127.0.0.1', port: typeof address === 'object' ? (address?.port ?? 0) : 0 };
}
