import { Duplex } from 'node:stream';
import t from 'tap';
import { descriptorOf, fastSocketsWork, readShared, writeNow } from '../../src/proxy/tcp-fast-socket.ts';
import { socketPair } from '../fixtures/tcp-socket-pair.ts';

t.test('the self-test passes on this Node, and runs once', async (t) => {
  t.equal(await fastSocketsWork(), true);
  t.equal(fastSocketsWork(), fastSocketsWork());
});

t.test('what is no TCP socket, has read already, or is gone, is left as it was', async (t) => {
  const reader = { nextBuffer: () => Buffer.alloc(10), read: () => true };
  t.equal(readShared(new Duplex({ read() {} }), reader), false);
  t.equal(descriptorOf(new Duplex({ read() {} })), -1);
  const [near, far] = await socketPair(t);
  near.write('early');
  far.resume();
  far.pause();
  await new Promise((resolve) => far.once('readable', resolve));
  t.equal(readShared(far, reader), false);
  t.equal(String(far.read()), 'early');
  near.destroy();
  t.equal(readShared(near, reader), false);
  t.equal(descriptorOf(near), -1);
});

t.test('reading stops when the reader says so, and goes on with resume', async (t) => {
  const [near, far] = await socketPair(t);
  const seen: string[] = [];
  const waiting = { seen: Promise.withResolvers<void>() };
  readShared(far, {
    nextBuffer: () => Buffer.alloc(3),
    read: (buffer, length) => {
      seen.push(Buffer.from(buffer.subarray(0, length)).toString());
      waiting.seen.resolve();
      return false;
    },
  });
  near.write('abcdef');
  far.resume();
  await waiting.seen.promise;
  t.strictSame(seen, ['abc']);
  waiting.seen = Promise.withResolvers();
  far.resume();
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
