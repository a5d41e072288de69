import { once } from 'node:events';
import { createServer } from 'node:net';
import { Worker } from 'node:worker_threads';
import t, { type Test } from 'tap';
import { SocketExchange } from '../../../src/lib/socket-exchange.ts';
import { descriptorIn } from '../../../src/proxy/tcp-fast-socket.ts';
import { Lender } from '../../../src/proxy/workers/lender.ts';

const WEB = 'TCP 127.0.0.1:80';
const API = 'TCP 127.0.0.1:81';

t.test('what helpers lend can be taken by a successor, and each learns which of its own were', async (t) => {
  const { sockets, lender, descriptor } = await setUp(t);
  const names = lender.lend([
    [1, [[WEB, descriptor]]],
    [
      2,
      [
        [WEB, descriptor],
        [API, descriptor],
      ],
    ],
  ]);
  t.same(names, [`${WEB} worker 1`, `${WEB} worker 2`, `${API} worker 2`]);
  t.equal(descriptorIn(sockets.give(`${WEB} worker 2`)), descriptor);
  t.same(lender.taken(1, [[WEB, descriptor]]), []);
  t.same(
    lender.taken(2, [
      [WEB, descriptor],
      [API, descriptor],
    ]),
    [WEB],
  );
});

t.test('what was lent before is there no more', async (t) => {
  const { sockets, lender, descriptor } = await setUp(t);
  lender.lend([[1, [[WEB, descriptor]]]]);
  t.same(lender.lend([[1, [[API, descriptor]]]]), [`${API} worker 1`]);
  t.equal(sockets.give(`${WEB} worker 1`), undefined);
  t.not(sockets.give(`${API} worker 1`), undefined);
});

t.test('a process that has no server of its own lends nothing', async (t) => {
  t.same(new Lender(new SocketExchange()).lend([[1, [[WEB, 3]]]]), []);
  t.end();
});

/** A process with one server of main's, and one of another thread. */
async function setUp(t: Test) {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const helper = new Worker(HELPER, { eval: true });
  t.teardown(() => helper.terminate());
  const [descriptor]: number[] = await once(helper, 'message');
  const sockets = new SocketExchange();
  sockets.add(WEB, server);
  return { sockets, lender: new Lender(sockets), descriptor: descriptor ?? -1 };
}

const HELPER = `
  const server = require('node:net').createServer();
  server.listen(0, '127.0.0.1', () => require('node:worker_threads').parentPort.postMessage(server._handle.fd));
`;
