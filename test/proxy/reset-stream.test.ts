import { PassThrough } from 'node:stream';
import t from 'tap';
import { resetStream } from '../../src/proxy/reset-stream.ts';
import { ending } from '../fixtures/tcp-rig.ts';
import { socketPair } from '../fixtures/tcp-socket-pair.ts';

t.test('the peer of a TCP socket sees a reset, whatever was under way', async (t) => {
  for (const [name, before] of [
    ['idle', () => {}],
    ['with bytes queued', (socket) => socket.write(Buffer.alloc(20_000_000))],
    ['with bytes and the FIN queued', (socket) => socket.end(Buffer.alloc(20_000_000))],
  ] satisfies [string, (socket: Awaited<ReturnType<typeof socketPair>>[0]) => unknown][]) {
    const [near, far] = await socketPair(t);
    before(near);
    resetStream(near);
    resetStream(near);
    t.equal(await ending(far), 'ECONNRESET', name);
  }
});

t.test('a socket whose FIN is just being sent is closed without an error, and its handle is given back', async (t) => {
  const [near, far] = await socketPair(t);
  near.on('error', (error) => t.fail(error.message));
  near.end();
  const closed = new Promise((resolve) => near.once('close', resolve));
  resetStream(near);
  t.equal(await ending(far), 'end');
  await closed;
});

t.test('another stream is destroyed', async (t) => {
  const stream = new PassThrough();
  resetStream(stream);
  t.equal(stream.destroyed, true);
});
