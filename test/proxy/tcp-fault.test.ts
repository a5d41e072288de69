import { once } from 'node:events';
import type { Socket } from 'node:net';
import t, { type Test } from 'tap';
import { systemClock } from '../../src/lib/clock.ts';
import type { Flow } from '../../src/model/flow.ts';
import { channels } from '../../src/observability/channels.ts';
import { seededRandom } from '../fixtures/balancing.ts';
import { booksOf, faultOf } from '../fixtures/interventions.ts';
import { SteppedClock } from '../fixtures/kubernetes-clock.ts';
import {
  createRig,
  ending,
  next,
  nextEnd,
  open,
  pattern,
  receive,
  routeTo,
  tcpBackend,
  tcpClient,
} from '../fixtures/tcp-rig.ts';

const HOUR_MS = 3_600_000;

/** A set whose route leads to `serve`, and the books and the clock that it has. */
async function faulty(t: Test, serve: (socket: Socket) => void, random: () => number = () => 0) {
  const clock = new SteppedClock();
  const books = booksOf(clock, random);
  const backend = await tcpBackend(t, serve);
  const port = await open(createRig(t, { clock, interventions: books }), routeTo({ endpoints: [backend] }));
  return { clock, books, backend, port };
}

/** The flow that the next client is. */
function nextFlow(t: Test): Promise<Flow> {
  return next(t, channels.flowOpened);
}

/** Turns of the event loop until something holds, which real sockets bring about. */
async function until(holds: () => boolean): Promise<void> {
  for (let turns = 0; !holds() && turns < 100_000; turns++) await new Promise(setImmediate);
}

/** Some turns, in which nothing is to happen. */
async function turns(): Promise<void> {
  for (let i = 0; i < 50; i++) await new Promise(setImmediate);
}

t.test('latency: what the endpoint sends comes later, what the client sends does not', async (t) => {
  const asked = Promise.withResolvers<string>();
  const { clock, books, port } = await faulty(t, (socket) => {
    socket.once('data', (chunk) => {
      asked.resolve(chunk.toString());
      socket.write('answer');
    });
  });
  books.faults.set(faultOf({ latency: '300ms' }), HOUR_MS);
  const opened = nextFlow(t);
  const client = tcpClient(t, port);
  const received: string[] = [];
  client.on('data', (chunk) => received.push(chunk.toString()));
  client.write('question');
  t.equal(await asked.promise, 'question');
  const flow = await opened;
  await until(() => flow.bytesOut === 6);
  clock.advance(299);
  await turns();
  t.same(received, []);
  const arrived = once(client, 'data');
  clock.advance(1);
  await arrived;
  t.same(received, ['answer']);
  t.equal(flow.fault, 'latency 300ms');
});

t.test('latency: the FIN of either side still goes its own way', async (t) => {
  const { clock, books, port } = await faulty(t, (socket) => {
    socket.on('end', () => socket.end('after your end'));
    socket.resume();
  });
  books.faults.set(faultOf({ latency: '200ms±100ms' }), HOUR_MS);
  const opened = nextFlow(t);
  const ended = nextEnd(t);
  const client = tcpClient(t, port);
  client.end('all of it');
  const flow = await opened;
  await until(() => flow.bytesOut === 14);
  const answer = receive(client);
  // The FIN is behind the bytes; both are held.
  await turns();
  clock.advance(1000);
  t.equal((await answer).toString(), 'after your end');
  t.match(await ended, { end: { cause: 'finished' }, bytesIn: 9, bytesOut: 14 });
});

t.test('a fault that is over delays nothing any more, not even what is on its way', async (t) => {
  const { clock, books, port } = await faulty(t, (socket) => void socket.on('data', (chunk) => socket.write(chunk)));
  books.faults.set(faultOf({ latency: '1m' }), 10_000);
  const opened = nextFlow(t);
  const client = tcpClient(t, port);
  client.write('one');
  const flow = await opened;
  await until(() => flow.bytesOut === 3);
  const first = once(client, 'data');
  clock.advance(10_000);
  t.equal(String(await first), 'one');
  const second = once(client, 'data');
  client.write('two');
  t.equal(String(await second), 'two', 'the same connection goes on without');
  const fresh = nextFlow(t);
  tcpClient(t, port);
  t.equal((await fresh).fault, undefined);
});

t.test('a flow that began before the fault is not touched', async (t) => {
  const { books, port } = await faulty(t, (socket) => void socket.on('data', (chunk) => socket.write(chunk)));
  const client = tcpClient(t, port);
  client.write('a');
  await once(client, 'data');
  books.faults.set(faultOf({ latency: '1m', reset: '100%' }), HOUR_MS);
  client.write('b');
  t.equal(String((await once(client, 'data'))[0]), 'b');
});

t.test('refuse: the client is reset, and nobody is dialled', async (t) => {
  const { books, port } = await faulty(t, () => t.fail('dialled'));
  books.faults.set(faultOf({ refuse: '100%' }), HOUR_MS);
  const ended = nextEnd(t);
  t.equal(await ending(tcpClient(t, port)), 'ECONNRESET');
  t.match(await ended, { end: { cause: 'fault' }, endpoint: undefined, failedTries: [] });
});

t.test('refuse: so many of the flows, within what chance allows', async (t) => {
  const { books, port } = await faulty(t, (socket) => void socket.end('served'), seededRandom(3));
  books.faults.set(faultOf({ refuse: '30%' }), HOUR_MS);
  let refused = 0;
  for (let i = 0; i < 300; i++) if ((await ending(tcpClient(t, port))) !== 'end') refused += 1;
  t.ok(refused > 66 && refused < 114, `${refused} of 300: within three standard deviations of 90`);
});

t.test('blackhole: accepted, read, and never answered; reset when it is over', async (t) => {
  const { clock, books, port } = await faulty(t, () => t.fail('dialled'));
  books.faults.set(faultOf({ blackhole: '100%' }), 10_000);
  const opened = nextFlow(t);
  const client = tcpClient(t, port);
  await once(client, 'connect');
  await new Promise<void>((resolve) => client.write(Buffer.alloc(3_000_000), () => resolve()));
  const flow = await opened;
  await until(() => flow.bytesIn === 3_000_000);
  t.equal(flow.end, undefined);
  t.equal(flow.endpoint, undefined);
  const ended = ending(client);
  clock.advance(10_000);
  t.equal(await ended, 'ECONNRESET');
  t.match(flow, { end: { cause: 'fault' } });
});

t.test('blackhole: a client that gives up ends its flow', async (t) => {
  const { books, port } = await faulty(t, () => t.fail('dialled'));
  books.faults.set(faultOf({ blackhole: '100%' }), HOUR_MS);
  const ended = nextEnd(t);
  const client = tcpClient(t, port);
  await once(client, 'connect');
  client.resetAndDestroy();
  t.match(await ended, { end: { cause: 'client-reset' } });
});

t.test('reset: the client is reset in the place of the first byte', async (t) => {
  const { books, port } = await faulty(
    t,
    (socket) => void socket.write('never seen'),
    () => 0.5,
  );
  books.faults.set(faultOf({ reset: '100%' }), HOUR_MS);
  const ended = nextEnd(t);
  const client = tcpClient(t, port);
  client.on('data', () => t.fail('a byte was passed on'));
  t.equal(await ending(client), 'ECONNRESET');
  t.match(await ended, { end: { cause: 'fault' } });
});

t.test('reset: in the place of a FIN too', async (t) => {
  const { books, port } = await faulty(
    t,
    (socket) => void socket.end(),
    () => 0.5,
  );
  books.faults.set(faultOf({ reset: '100%' }), HOUR_MS);
  t.equal(await ending(tcpClient(t, port)), 'ECONNRESET');
});

t.test('reset: at a random moment of the first second where the endpoint is silent', async (t) => {
  const connected = Promise.withResolvers<void>();
  const { clock, books, port } = await faulty(
    t,
    () => connected.resolve(),
    () => 0.5,
  );
  books.faults.set(faultOf({ reset: '100%' }), HOUR_MS);
  const opened = nextFlow(t);
  const client = tcpClient(t, port);
  await connected.promise;
  const flow = await opened;
  while ((await clock.untilTimer(501)) !== 500) await turns();
  clock.advance(499);
  t.equal(flow.end, undefined);
  const ended = ending(client);
  clock.advance(1);
  t.equal(await ended, 'ECONNRESET');
});

t.test('reset: a fault that is over resets nothing', async (t) => {
  const asked = Promise.withResolvers<Socket>();
  const { books, port } = await faulty(
    t,
    (socket) => asked.resolve(socket),
    () => 0.5,
  );
  books.faults.set(faultOf({ reset: '100%' }), HOUR_MS);
  const client = tcpClient(t, port);
  const backend = await asked.promise;
  books.faults.remove({ namespace: 'shop', service: 'web' });
  backend.end('served');
  t.equal((await receive(client)).toString(), 'served');
});

/** The same with real time: bytes in both directions at once. */
for (const texts of [{ latency: '20ms±20ms' }, { rate: '4MiB/s' }, { latency: '10ms~5ms', rate: '8MiB/s' }]) {
  t.test(`large transfers both ways arrive byte for byte under ${JSON.stringify(texts)}`, async (t) => {
    const up = pattern(1_500_000, 1);
    const down = pattern(1_500_000, 2);
    const arrived = Promise.withResolvers<Buffer>();
    const backend = await tcpBackend(t, (socket) => {
      socket.end(down);
      arrived.resolve(readSlowly(socket));
    });
    const books = booksOf(systemClock, seededRandom(5));
    t.teardown(() => books.close());
    books.faults.set(faultOf(texts), HOUR_MS);
    const port = await open(createRig(t, { interventions: books }), routeTo({ endpoints: [backend] }));
    const ended = nextEnd(t);
    const client = tcpClient(t, port);
    client.end(up);
    const [got, sent] = await Promise.all([readSlowly(client), arrived.promise]);
    t.ok(got.equals(down));
    t.ok(sent.equals(up));
    t.match(await ended, { end: { cause: 'finished' }, bytesIn: up.length, bytesOut: down.length });
  });
}

t.test('rate: bytes come no faster, in either direction', async (t) => {
  const sent: Buffer[] = [];
  const { clock, books, port } = await faulty(t, (socket) => {
    socket.on('data', (chunk) => sent.push(chunk));
    socket.write(Buffer.alloc(10_000, 'd'));
  });
  books.faults.set(faultOf({ rate: '1000B/s' }), HOUR_MS);
  const opened = nextFlow(t);
  const client = tcpClient(t, port);
  const received: Buffer[] = [];
  client.on('data', (chunk) => received.push(chunk));
  client.write(Buffer.alloc(10_000, 'u'));
  const flow = await opened;
  await until(() => flow.bytesIn === 10_000 && flow.bytesOut === 10_000);
  for (let i = 0; i < 40; i++) clock.advance(50);
  await until(() => lengthOf(received) >= 2000 && lengthOf(sent) >= 2000);
  for (const chunks of [received, sent]) t.equal(lengthOf(chunks), 2000, 'two seconds of it');
});

t.test('a receiver that does not read stops who sends, and little is held', async (t) => {
  const { clock, books, port } = await faulty(t, (socket) => void socket.write(Buffer.alloc(64_000_000)));
  books.faults.set(faultOf({ latency: '100ms' }), HOUR_MS);
  const opened = nextFlow(t);
  const client = tcpClient(t, port);
  client.pause();
  const flow = await opened;
  await until(() => flow.bytesOut > 900_000);
  for (let i = 0; i < 20; i++) {
    await new Promise(setImmediate);
    clock.advance(100);
  }
  t.ok(flow.bytesOut < 32_000_000, `${flow.bytesOut} bytes were read: what sockets hold, and the line's megabyte`);
});

t.test('without a fault the dice are not cast', async (t) => {
  const { books, port } = await faulty(
    t,
    (socket) => void socket.end('x'),
    () => {
      throw new Error('cast');
    },
  );
  books.faults.set(faultOf({ reset: '50%', service: 'other' }), HOUR_MS);
  t.equal((await receive(tcpClient(t, port))).toString(), 'x');
});

function lengthOf(chunks: readonly Buffer[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

async function readSlowly(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) {
    chunks.push(chunk);
    if (chunks.length % 8 === 0) await new Promise(setImmediate);
  }
  return Buffer.concat(chunks);
}
