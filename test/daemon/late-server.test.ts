import t from 'tap';
import type { AdminServer } from '../../src/admin/serve-app.ts';
import { LateServer } from '../../src/daemon/late-server.ts';

function recorded(told: string[]): AdminServer {
  const tell = (what: string) => async (): Promise<void> => void told.push(what);
  return {
    address: { address: '127.0.0.1', family: 'IPv4', port: 1 },
    start: tell('start'),
    close: tell('close'),
    release: tell('release'),
    restore: tell('restore'),
  };
}

t.test('it is made once, when it is started', async (t) => {
  const told: string[] = [];
  const server = new LateServer(async () => {
    told.push('made');
    return recorded(told);
  });
  await server.restore();
  t.equal(server.address, undefined);
  t.same(told, []);
  await Promise.all([server.start(), server.start()]);
  t.equal(server.address?.port, 1);
  await server.restore();
  await server.close();
  t.same(told, ['made', 'start', 'start', 'restore', 'close']);
});

t.test('one that was never started has nothing to close, and starts no more', async (t) => {
  const told: string[] = [];
  const server = new LateServer(async () => recorded(told));
  await server.close();
  await server.start();
  t.same(told, []);
});

t.test('one that is ended while it is made does not start', async (t) => {
  for (const end of ['close', 'release'] as const) {
    const told: string[] = [];
    const made = Promise.withResolvers<AdminServer>();
    const server = new LateServer(() => made.promise);
    const started = server.start();
    const ended = server[end]();
    made.resolve(recorded(told));
    await Promise.all([started, ended]);
    t.same(told, [end]);
  }
});

t.test('what keeps it from being made is told by its start alone', async (t) => {
  const server = new LateServer(() => Promise.reject(new Error('no such address')));
  await t.rejects(server.start(), { message: 'no such address' });
  await server.close();
});
