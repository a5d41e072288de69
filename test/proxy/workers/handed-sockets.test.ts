import { closeSync, fstatSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import t from 'tap';
import { listeningDescriptor } from '../../../src/proxy/tcp-fast-socket.ts';
import { HandedSockets } from '../../../src/proxy/workers/handed-sockets.ts';
import { routeTo } from '../../fixtures/tcp-rig.ts';

const BINDING = { address: '127.0.0.1', port: 4000 };
const NAME = 'TCP 127.0.0.1:4000';

t.test('a helper finds what main gave it by name, and once; what it did not take is closed', async (t) => {
  const files = ['a', 'b', 'c'].map((name) => openSync(`${t.testdir({})}${name}`, 'w'));
  t.teardown(() => files.slice(0, 2).forEach((file) => void closeSync(file)));
  const { frontend } = routeTo({ endpoints: [] });
  const handed = new HandedSockets();
  handed.hand([{ id: 1, frontend, port: 1, binding: BINDING, isWide: true, sockets: files }]);
  t.equal(handed.exchange.inherits, true);
  t.same(await handed.exchange.take(NAME), { descriptor: files[0] });
  t.same(await handed.exchange.take(`${NAME} +1`), { descriptor: files[1] });
  t.equal(await handed.exchange.take(NAME), undefined);
  t.equal(await handed.exchange.take('TCP 127.0.0.1:4001'), undefined);
  handed.closeRest();
  t.equal(handed.exchange.inherits, false);
  t.throws(() => fstatSync(files[2] ?? -1), { code: 'EBADF' });
  t.ok(files.slice(0, 2).every((file) => fstatSync(file).isFile()));
});

t.test('where main gives nothing a helper has no predecessor, and opens further sockets as ever', async (t) => {
  const handed = new HandedSockets();
  const { frontend } = routeTo({ endpoints: [] });
  handed.hand([{ id: 1, frontend, port: 1, binding: BINDING, isWide: true }]);
  t.equal(handed.exchange.inherits, false);
});

t.test('a helper lends the sockets that are open, and knows which of them a successor has', async (t) => {
  const handed = new HandedSockets();
  const [open, closed] = [createServer(), createServer()];
  await new Promise<void>((resolve) => open.listen(0, '127.0.0.1', resolve));
  t.teardown(() => open.close());
  handed.exchange.add(NAME, open);
  handed.exchange.add('closed', closed);
  t.same(handed.list(), [[NAME, listeningDescriptor(open)]]);
  t.equal(handed.exchange.wasGiven(NAME), false);
  handed.taken([NAME]);
  t.equal(handed.exchange.wasGiven(NAME), true);
});
