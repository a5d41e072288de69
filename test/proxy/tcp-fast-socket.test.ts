import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import { descriptorOf, readShared, writeNow } from '../../src/proxy/tcp-fast-socket.ts';
import { socketPair } from '../fixtures/tcp-socket-pair.ts';

t.test('what is no TCP socket, has read already, or is gone, is left as it was', async (t) => {
  const reader = { window: () => Buffer.alloc(10), read: () => true };
  t.equal(readShared(new Duplex({ read() {} }), reader), undefined);
  t.equal(descriptorOf(new Duplex({ read() {} })), -1);
  const [near, far] = await socketPair(t);
  near.write('early');
  far.resume();
  far.pause();
  await new Promise((resolve) => far.once('readable', resolve));
  t.equal(readShared(far, reader), undefined);
  t.equal(String(far.read()), 'early');
  near.destroy();
  t.equal(readShared(near, reader), undefined);
  t.equal(descriptorOf(near), -1);
});

t.test('reading stops when the reader says so, and goes on with resume', async (t) => {
  const [near, far] = await socketPair(t);
  const seen: string[] = [];
  const waiting = { seen: Promise.withResolvers<void>() };
  const reads = readShared(far, {
    window: () => Buffer.alloc(3),
    read: (buffer, length) => {
      seen.push(Buffer.from(buffer.subarray(0, length)).toString());
      waiting.seen.resolve();
      return false;
    },
  });
  near.write('abcdef');
  reads?.resume();
  await waiting.seen.promise;
  for (let i = 0; i < 20; i++) await turn();
  t.strictSame(seen, ['abc']);
  waiting.seen = Promise.withResolvers();
  reads?.resume();
  await waiting.seen.promise;
  t.strictSame(seen, ['abc', 'def']);
});

t.test('a write that fails takes nothing', async (t) => {
  const [near, far] = await socketPair(t);
  const fd = descriptorOf(near);
  t.equal(writeNow(fd, Buffer.from('xyz'), 2), 2);
  far.resetAndDestroy();
  await new Promise((resolve) => near.resume().once('close', resolve));
  t.equal(writeNow(-1, Buffer.from('xyz'), 3), 0);
});
