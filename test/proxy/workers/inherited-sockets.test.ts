import { closeSync, fstatSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { SocketExchange } from '../../../src/lib/socket-exchange.ts';
import { InheritedSockets } from '../../../src/proxy/workers/inherited-sockets.ts';

const WEB = 'TCP 10.0.0.1:80';
const API = 'TCP 10.0.0.2:80';

t.test('what the helpers of a predecessor had goes to the helper of the same number', async (t) => {
  const { inherited, asked, descriptors } = setUp(t, [`${WEB} worker 1`, `${WEB} +1 worker 1`, `${WEB} worker 2`]);
  await inherited.take(2, [WEB, API]);
  t.same(asked, [`${WEB} worker 1`, `${WEB} +1 worker 1`, `${WEB} worker 2`]);
  t.same(inherited.of(1, WEB), descriptors.slice(0, 2));
  t.same(inherited.of(2, WEB), descriptors.slice(2));
  t.same(inherited.of(1, API), []);
  inherited.drop(WEB);
  t.ok(descriptors.every(isOpen), 'what a helper was told of is not ours to close');
  inherited.adopted(1);
  t.same(inherited.of(1, WEB), []);
  t.same(inherited.of(2, WEB), descriptors.slice(2));
});

t.test('a place is asked for once, and whoever asks waits until all of it is there', async (t) => {
  const { inherited, asked, descriptors } = setUp(t, [`${WEB} worker 1`, `${WEB} +1 worker 1`]);
  const first = inherited.take(1, [WEB]);
  await inherited.take(1, [WEB]);
  t.same(inherited.of(1, WEB), descriptors);
  await first;
  t.equal(asked.length, 2);
});

t.test(
  'sockets of helpers that there are not any more are not taken, and other names are no sockets of helpers',
  async (t) => {
    const { inherited, asked } = setUp(t, [`${WEB} worker 1`, `${WEB} worker 2`, `${WEB}`, `${WEB} +1`]);
    await inherited.take(1, [WEB]);
    t.same(asked, [`${WEB} worker 1`]);
  },
);

t.test('what no helper was told of is closed where none is to listen, and at the end', async (t) => {
  const { inherited, descriptors } = setUp(t, [`${WEB} worker 1`, `${API} worker 1`]);
  await inherited.take(1, [WEB, API]);
  inherited.drop(WEB);
  t.same(descriptors.map(isOpen), [false, true]);
  t.same(inherited.of(1, WEB), []);
  inherited.close();
  t.same(descriptors.map(isOpen), [false, false]);
});

t.test('of a helper that died the next one gets what was not adopted', async (t) => {
  const { inherited, descriptors } = setUp(t, [`${WEB} worker 1`, `${API} worker 1`]);
  await inherited.take(1, [WEB, API]);
  inherited.of(1, WEB);
  inherited.of(1, API);
  closeSync(descriptors[0] ?? -1);
  const other = openSync(join(t.testdirName, 'other'), 'w');
  t.teardown(() => closeSync(other));
  t.equal(other, descriptors[0], 'the number is another one’s by now');
  inherited.died(1);
  t.same(inherited.of(1, WEB), []);
  t.same(inherited.of(1, API), descriptors.slice(1));
  inherited.died(1);
  inherited.close();
  t.ok(isOpen(other));
  t.notOk(isOpen(descriptors[1] ?? -1));
});

/** A predecessor with these sockets, which are files here. `descriptors` are in the order in which they were asked for. */
function setUp(t: Test, names: readonly string[]) {
  const folder = t.testdir({});
  const asked: string[] = [];
  const descriptors: number[] = [];
  const sockets = new SocketExchange(async (name) => {
    asked.push(name);
    const fd = openSync(join(folder, String(asked.length)), 'w');
    descriptors.push(fd);
    t.teardown(() => {
      if (isOpen(fd)) closeSync(fd);
    });
    return Object.assign(createServer(), { fd });
  });
  const inherited = new InheritedSockets(sockets);
  inherited.expect(names);
  return { inherited, asked, descriptors };
}

function isOpen(descriptor: number): boolean {
  try {
    fstatSync(descriptor);
    return true;
  } catch {
    return false;
  }
}
