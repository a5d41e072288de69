import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

async function socketPath(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'svl-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'a.sock');
}

function answerOf(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ socketPath, agent: false }, (answer) => {
      answer.setEncoding('utf8').once('data', resolve);
    }).once('error', reject);
  });
}

t.test('a Unix socket takes the place of another one at its path, which outlives that one', async (t) => {
  const path = await socketPath(t);
  const named = (name: string) => setUp(t, { target: { path }, handler: (_, reply) => void reply.end(name) }).listener;
  const [first, second] = [named('first'), named('second')];
  await first.bind();
  t.equal((await stat(path)).mode & 0o777, 0o660);
  t.equal(await answerOf(path), 'first');
  await second.bind();
  t.equal(await answerOf(path), 'second');
  await first.release();
  t.equal(await answerOf(path), 'second', 'the file is not the first one’s any more');
  t.same(await readdir(join(path, '..')), ['a.sock']);
  await second.close();
  await t.rejects(stat(path), { code: 'ENOENT' });
});

t.test('a Unix socket is put back where one that had taken its place is gone', async (t) => {
  const path = await socketPath(t);
  const named = (name: string) => setUp(t, { target: { path }, handler: (_, reply) => void reply.end(name) }).listener;
  const [first, second] = [named('first'), named('second')];
  await first.bind();
  await first.restore();
  await second.bind();
  await second.close();
  await first.restore();
  t.equal(await answerOf(path), 'first');
});

t.test('released, it refuses at once, lets an answer end, and ends what lasts longer than two seconds', async (t) => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const { listener, clock } = setUp(t, {
    handler: async (request, reply) => {
      asked.resolve();
      if (request.url === '/long') reply.write('…');
      else await answer.promise.then(() => reply.end('late'));
    },
  });
  await listener.bind();
  const port = listener.address?.port ?? 0;
  const late = new Promise<string>((resolve) =>
    get({ port, path: '/' }, (reply) => reply.setEncoding('utf8').once('data', resolve)),
  );
  const cut = new Promise((resolve) =>
    get({ port, path: '/long' }, (reply) => reply.resume().once('error', resolve)).once('error', resolve),
  );
  await asked.promise;
  const released = listener.release();
  await t.rejects(once(get({ port, agent: false }), 'response'), { code: 'ECONNREFUSED' });
  answer.resolve();
  t.equal(await late, 'late');
  clock.advance(2_000);
  await cut;
  await released;
});
