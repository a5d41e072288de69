import { Duplex, PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import { ReadBuffers } from '../../src/proxy/read-buffers.ts';
import { TcpPump } from '../../src/proxy/tcp-pump.ts';
import { pattern } from '../fixtures/tcp-rig.ts';
import { socketPair } from '../fixtures/tcp-socket-pair.ts';

t.test('what a blocked peer does not take is held within one window, and is let go when it reads', async (t) => {
  const buffers = new ReadBuffers();
  const [near, source] = await socketPair(t);
  const [sink, far] = await socketPair(t);
  const pump = new TcpPump(source, buffers);
  pump.attach(sink);
  const sent = pattern(40_000_000, 5);
  near.end(sent);
  await until(() => buffers.heldBytes > 0);
  const [held, stalledAt] = [buffers.heldBytes, pump.bytes];
  for (let i = 0; i < 20; i++) await turn();
  t.equal(pump.bytes, stalledAt, 'the source is not read while the peer is blocked');
  t.ok(held > 0 && held <= 1024 * 1024, `${held} bytes are held`);
  const chunks: Buffer[] = [];
  for await (const chunk of far) chunks.push(chunk);
  t.ok(Buffer.concat(chunks).equals(sent));
  t.equal(pump.bytes, sent.length);
  t.equal(buffers.heldBytes, 0);
});

t.test('two blocked flows do not see the bytes of one another', async (t) => {
  const buffers = new ReadBuffers();
  const lines = await Promise.all(
    [1, 2, 3].map(async (seed) => {
      const [near, source] = await socketPair(t);
      const [sink, far] = await socketPair(t);
      new TcpPump(source, buffers).attach(sink);
      const sent = pattern(9_000_000, seed);
      near.end(sent);
      return { far, sent };
    }),
  );
  await until(() => buffers.heldBytes > 0);
  const all = await Promise.all(
    lines.map(async ({ far, sent }) => {
      const chunks: Buffer[] = [];
      for await (const chunk of far) {
        chunks.push(chunk);
        await turn();
      }
      return Buffer.concat(chunks).equals(sent);
    }),
  );
  t.strictSame(all, [true, true, true]);
});

t.test('a stream that is no TCP socket is read and written by public means', async (t) => {
  for (const buffers of [new ReadBuffers(), undefined]) {
    const [near, socket] = await socketPair(t);
    const [intoBackend, fromBackend] = [new PassThrough(), new PassThrough()];
    const backend = Duplex.from({ readable: fromBackend, writable: intoBackend });
    new TcpPump(socket, buffers).attach(backend);
    new TcpPump(backend, buffers).attach(socket);
    near.end(pattern(500_000, 7));
    fromBackend.end(pattern(500_000, 8));
    const [up, down] = await Promise.all([collect(intoBackend), collect(near)]);
    t.ok(up.equals(pattern(500_000, 7)));
    t.ok(down.equals(pattern(500_000, 8)));
  }
});

t.test('without a sink one window is held, and nothing more is read', async (t) => {
  for (const buffers of [new ReadBuffers(), undefined]) {
    const [near, source] = await socketPair(t);
    const [sink, far] = await socketPair(t);
    const pump = new TcpPump(source, buffers);
    pump.start();
    const sent = pattern(1_000_000, 9);
    near.end(sent);
    await until(() => pump.bytes > 0);
    for (let i = 0; i < 20; i++) await turn();
    t.ok(pump.bytes <= 64 * 1024, `${pump.bytes} bytes are held`);
    pump.attach(sink);
    t.ok((await collect(far)).equals(sent));
  }
});

t.test('a source that finished before there was a sink gives its bytes and its FIN', async (t) => {
  const [near, source] = await socketPair(t);
  const [sink, far] = await socketPair(t);
  const pump = new TcpPump(source, new ReadBuffers());
  pump.start();
  near.end();
  await new Promise((resolve) => source.once('end', resolve));
  pump.attach(sink);
  t.equal((await collect(far)).length, 0);
});

t.test('what the sink still has to send comes before what the source sends', async (t) => {
  for (const buffers of [new ReadBuffers(), undefined]) {
    for (const startsEarly of [false, true]) {
      const [near, source] = await socketPair(t);
      const [sink, far] = await socketPair(t);
      const pump = new TcpPump(source, buffers);
      if (startsEarly) pump.start();
      sink.cork();
      sink.write('header, ');
      pump.attach(sink);
      near.end('body');
      for (let i = 0; i < 20; i++) await turn();
      sink.uncork();
      t.equal((await collect(far)).toString(), 'header, body');
    }
  }
});

t.test('a pump that was closed writes nothing, whoever has the descriptor of its sink by then', async (t) => {
  for (const buffers of [new ReadBuffers(), undefined]) {
    const [near, source] = await socketPair(t);
    const [sink] = await socketPair(t);
    const pump = new TcpPump(source, buffers);
    pump.attach(sink);
    pump.close();
    sink.destroy();
    const [one, other] = await socketPair(t);
    near.end('not for you');
    await until(() => pump.bytes > 0);
    one.end('for you');
    other.end('and you');
    t.strictSame([`${await collect(other)}`, `${await collect(one)}`], ['for you', 'and you']);
  }
});

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function until(condition: () => boolean): Promise<void> {
  for (let turns = 0; turns < 100_000 && !condition(); turns++) await turn();
}
