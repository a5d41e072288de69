import t, { type Test } from 'tap';
import { channels } from '../../src/observability/channels.ts';
import { seededRandom } from '../fixtures/balancing.ts';
import { booksOf, faultOf } from '../fixtures/interventions.ts';
import { SteppedClock } from '../fixtures/kubernetes-clock.ts';
import { createRig, next, nextEnd, open, routeTo } from '../fixtures/tcp-rig.ts';
import { ask, udpBackend, udpSocket } from '../fixtures/udp-rig.ts';

const HOUR_MS = 3_600_000;

async function faulty(t: Test, texts: Readonly<Record<string, string>>, random: () => number = () => 0) {
  const clock = new SteppedClock();
  const books = booksOf(clock, random);
  const seen: string[] = [];
  const { endpoint } = await udpBackend(t, 'a', (datagram) => {
    seen.push(datagram.toString());
    return datagram;
  });
  const set = createRig(t, { clock, interventions: books });
  const port = await open(set, routeTo({ endpoints: [endpoint], frontend: { protocol: 'UDP' } }));
  books.faults.set(faultOf(texts), HOUR_MS);
  return { clock, books, set, port, seen };
}

async function until(holds: () => boolean): Promise<void> {
  for (let turns = 0; !holds() && turns < 100_000; turns++) await new Promise(setImmediate);
}

t.test('latency: answers come later, in their order', async (t) => {
  const { clock, port } = await faulty(t, { latency: '300ms' });
  const client = await udpSocket(t);
  const received: string[] = [];
  client.on('message', (datagram) => received.push(datagram.toString()));
  const opened = next(t, channels.flowOpened);
  for (const text of ['one', 'two']) client.send(text, port, '127.0.0.1');
  const flow = await opened;
  await until(() => flow.bytesOut === 6);
  clock.advance(299);
  t.same(received, []);
  clock.advance(1);
  await until(() => received.length === 2);
  t.same(received, ['one', 'two']);
  t.match(flow, { fault: 'latency 300ms', why: 'roundrobin' });
});

for (const effect of ['reset', 'refuse', 'blackhole']) {
  t.test(`${effect}: the client's datagrams are lost, which is told`, async (t) => {
    const { books, port, seen } = await faulty(t, { [effect]: '100%' });
    const client = await udpSocket(t);
    const dropped = next(t, channels.datagramDropped);
    client.send('lost', port, '127.0.0.1');
    t.match(await dropped, { reason: 'FAULT' });
    books.faults.remove({ namespace: 'shop', service: 'web' });
    t.equal((await ask(client, port, 'kept')).bytes.toString(), 'kept');
    t.same(seen, ['kept']);
  });
}

t.test('loss is by datagram, within what chance allows', async (t) => {
  const { port, seen } = await faulty(t, { reset: '25%' }, seededRandom(11));
  const client = await udpSocket(t);
  let lost = 0;
  let answered = 0;
  const count = (): void => {
    lost += 1;
  };
  channels.datagramDropped.subscribe(count);
  t.teardown(() => channels.datagramDropped.unsubscribe(count));
  client.on('message', () => {
    answered += 1;
  });
  for (let i = 0; i < 400; i++) {
    client.send('x', port, '127.0.0.1');
    await until(() => lost + answered > i);
  }
  t.equal(seen.length, 400 - lost);
  t.ok(lost > 74 && lost < 126, `${lost} of 400: within three standard deviations of 100`);
});

t.test('rate: datagrams go whole, no faster, and what is too much is lost', async (t) => {
  const { clock, port, seen } = await faulty(t, { rate: '1000B/s' });
  const client = await udpSocket(t);
  const opened = next(t, channels.flowOpened);
  for (let i = 0; i < 3; i++) client.send(Buffer.alloc(1000, 'x'), port, '127.0.0.1');
  await opened;
  clock.advance(999);
  t.equal(seen.length, 0);
  clock.advance(1);
  await until(() => seen.length === 1);
  t.equal(seen[0]?.length, 1000);
  const dropped = next(t, channels.datagramDropped);
  for (let i = 0; i < 20; i++) client.send(Buffer.alloc(60_000), port, '127.0.0.1');
  t.match(await dropped, { reason: 'FAULT' });
});

t.test('what is on its way when the flow ends goes nowhere', async (t) => {
  const { clock, set, port } = await faulty(t, { latency: '300ms' });
  const client = await udpSocket(t);
  client.on('message', () => t.fail('came all the same'));
  const opened = next(t, channels.flowOpened);
  client.send('x', port, '127.0.0.1');
  const flow = await opened;
  await until(() => flow.bytesOut > 0);
  const ended = nextEnd(t);
  await set.endFlow(flow.id);
  t.match(await ended, { end: { cause: 'killed' } });
  clock.advance(1000);
});
