import t, { type Test } from 'tap';
import type { Picker } from '../../src/balancing/picker.ts';
import { channels } from '../../src/observability/channels.ts';
import { SteppedClock } from '../fixtures/kubernetes-clock.ts';
import { apply, createRig, firstPicker, next, nextEnd, open, routeTo, SETTINGS } from '../fixtures/tcp-rig.ts';
import { ask, closeSocket, udpBackend, udpSocket } from '../fixtures/udp-rig.ts';

const DATAGRAM = { ...SETTINGS, udp: { ...SETTINGS.udp, balance: 'datagram' } } as const;

t.test('each datagram of a client is balanced, and replies come from the address that it asked', async (t) => {
  const { set, port, picker, a, b } = await serve(t);
  const client = await udpSocket(t);
  const answers: string[] = [];
  for (const text of ['1', '2', '3', '4']) {
    const { bytes, from } = await ask(client, port, text);
    answers.push(bytes.toString());
    t.match(from, { address: '127.0.0.1', port });
  }
  t.same(answers, ['a:1', 'b:2', 'a:3', 'b:4']);
  t.equal(set.counts.udpFlows, 2, 'one socket for each endpoint');
  t.same(Object.fromEntries(picker.open), { [a.endpoint.key]: 1, [b.endpoint.key]: 1 });
  const other = await udpSocket(t);
  t.equal((await ask(other, port, '5')).bytes.toString(), 'a:5');
  t.equal(set.counts.udpFlows, 3);
});

t.test('replies of different clients are kept apart, however they come', async (t) => {
  const { port } = await serve(t);
  const clients = await Promise.all([1, 2, 3].map(() => udpSocket(t)));
  const answers = clients.map((client, i) => ask(client, port, `from ${i}`));
  const texts = (await Promise.all(answers)).map(({ bytes }) => bytes.toString().slice(2));
  t.same(texts, ['from 0', 'from 1', 'from 2']);
});

t.test('an endpoint that refuses is not the next one again', async (t) => {
  const { port, a } = await serve(t, firstPicker());
  const client = await udpSocket(t);
  t.equal((await ask(client, port, '1')).bytes.toString(), 'a:1');
  await closeSocket(a.socket);
  const ended = nextEnd(t);
  client.send('lost', port, '127.0.0.1');
  t.match(await ended, { end: { cause: 'endpoint-reset' }, endpoint: a.endpoint });
  t.equal((await ask(client, port, '2')).bytes.toString(), 'b:2');
});

t.test('sockets are bounded: the least recently active one makes room', async (t) => {
  const settings = { ...DATAGRAM, udp: { ...DATAGRAM.udp, maxFlows: 2 } };
  const clock = new SteppedClock();
  const { set, port } = await serve(t, turningPicker(), settings, clock);
  const [one, two] = [await udpSocket(t), await udpSocket(t)];
  await ask(one, port, '1');
  clock.advance(1000);
  await ask(one, port, '2');
  const ended = nextEnd(t);
  await ask(two, port, '3');
  t.match(await ended, { end: { cause: 'shed', reason: 'max-flows' }, bytesIn: 1, clientPort: one.address().port });
  t.equal(set.counts.udpFlows, 2);
});

t.test('a listener that closes keeps to the flows there are', async (t) => {
  const { set, port, a, b, route } = await serve(t);
  const client = await udpSocket(t);
  await ask(client, port, '1');
  const unready = [a, b].map(({ endpoint }) => ({ ...endpoint, ready: false }));
  await apply(set, { changed: [{ before: route, after: routeTo({ endpoints: unready, frontend: route.frontend }) }] });
  t.equal((await ask(client, port, '2')).bytes.toString(), 'a:2');
  const dropped = next(t, channels.datagramDropped);
  (await udpSocket(t)).send('new', port, '127.0.0.1');
  t.match(await dropped, { reason: 'NO_ENDPOINT' });
});

t.test('it can be turned on for one Service, by annotation or while svclane runs', async (t) => {
  const { set, port, route } = await serve(t, turningPicker(), SETTINGS);
  const client = await udpSocket(t);
  const say = async (): Promise<string> => (await ask(client, port, 'x')).bytes.toString();
  t.same([await say(), await say()], ['a:x', 'a:x']);
  const annotated = { ...route, servicePort: { ...route.servicePort, udpBalance: 'datagram' as const } };
  await apply(set, { changed: [{ before: route, after: annotated }] });
  t.same([await say(), await say()].sort(), ['a:x', 'b:x']);
  await set.updateSettings(SETTINGS, [{ match: { namespace: '', name: 'web' }, udp: { balance: 'session' } }]);
  t.equal(new Set([await say(), await say(), await say()]).size, 1);
});

async function serve(
  t: Test,
  picker: Picker & { readonly open: Map<string, number> } = turningPicker(),
  settings: typeof SETTINGS = DATAGRAM,
  clock = new SteppedClock(),
) {
  const [a, b] = [await udpBackend(t, 'a'), await udpBackend(t, 'b')];
  const set = createRig(t, { picker, settings, clock });
  const route = routeTo({ endpoints: [a.endpoint, b.endpoint], frontend: { protocol: 'UDP' } });
  return { set, route, picker, a, b, port: await open(set, route) };
}

/** Takes the endpoints in turn, as they are given. */
function turningPicker(): ReturnType<typeof firstPicker> {
  let turn = 0;
  return {
    ...firstPicker(),
    pick: (_servicePort, eligible) => {
      const endpoint = eligible[turn++ % eligible.length];
      return endpoint && { endpoint, why: 'roundrobin' };
    },
  };
}
