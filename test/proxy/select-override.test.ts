import { once } from 'node:events';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import type { Interventions } from '../../src/balancing/interventions.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Endpoint } from '../../src/model/endpoint.ts';
import type { Flow } from '../../src/model/flow.ts';
import { channels } from '../../src/observability/channels.ts';
import { pickOverride } from '../../src/proxy/select-override.ts';
import { FakeClock, servicePortOf } from '../fixtures/balancing.ts';
import { booksOf, overrideOf } from '../fixtures/interventions.ts';
import { SteppedClock } from '../fixtures/kubernetes-clock.ts';
import { holds } from '../fixtures/property.ts';
import {
  apply,
  createRig,
  deadEndpoint,
  ending,
  firstPicker,
  next,
  nextEnd,
  open,
  portOf,
  receive,
  routeTo,
  SETTINGS,
  tcpBackend,
  tcpClient,
} from '../fixtures/tcp-rig.ts';
import { ask, closeSocket, udpBackend, udpSocket } from '../fixtures/udp-rig.ts';

const HOUR_MS = 3_600_000;

function booksFor(t: Test, random?: () => number) {
  const books = booksOf(systemClock, random);
  t.teardown(() => books.close());
  return books;
}

function override(books: Interventions, { key }: Endpoint, texts: Readonly<Record<string, string>> = {}): void {
  books.overrides.set(overrideOf(key, texts), HOUR_MS);
}

function says(t: Test, text: string): Promise<Endpoint> {
  return tcpBackend(t, (socket) => socket.end(text));
}

/** What a client gets, and its flow. */
async function connect(t: Test, port: number): Promise<{ readonly text: string; readonly flow: Flow }> {
  const ended = nextEnd(t);
  const client = tcpClient(t, port);
  client.end();
  const text = await receive(client).then(String, () => 'reset');
  return { text, flow: await ended };
}

t.test('an override has the flow, which says so, and the picker does not count it', async (t) => {
  const [cluster, local] = [await says(t, 'cluster'), await says(t, 'local')];
  const books = booksFor(t);
  const picker = firstPicker();
  const port = await open(createRig(t, { interventions: books, picker }), routeTo({ endpoints: [cluster] }));
  t.match(await connect(t, port), { text: 'cluster', flow: { why: 'roundrobin', override: undefined } });
  override(books, local);
  t.match(await connect(t, port), {
    text: 'local',
    flow: { why: 'override', override: local.key, endpoint: { isLocal: true } },
  });
  t.equal(picker.open.has(local.key), false);
  books.overrides.remove({ namespace: 'shop', service: 'web' });
  t.match(await connect(t, port), { text: 'cluster' });
});

t.test('localhost is whichever of the two listens', async (t) => {
  for (const host of ['127.0.0.1', '::1']) {
    const local = await tcpBackend(t, (socket) => socket.end(host), host);
    const books = booksFor(t);
    const port = await open(createRig(t, { interventions: books }), routeTo({ endpoints: [await deadEndpoint()] }));
    books.overrides.set(overrideOf(`localhost:${local.port}`), HOUR_MS);
    t.match(await connect(t, port), { text: host, flow: { override: `localhost:${local.port}` } });
  }
});

t.test('fallback cluster: where it refuses the endpoints follow, with all their tries', async (t) => {
  const [cluster, dead, deadToo] = [await says(t, 'cluster'), await deadEndpoint(), await deadEndpoint()];
  const books = booksFor(t);
  const settings = { ...SETTINGS, connect: { ...SETTINGS.connect, tries: 2 } };
  const set = createRig(t, { interventions: books, settings });
  const port = await open(set, routeTo({ endpoints: [deadToo, cluster] }));
  override(books, dead);
  const { text, flow } = await connect(t, port);
  t.equal(text, 'cluster');
  t.match(flow, { why: 'roundrobin', override: undefined, endpoint: cluster });
  t.same(
    flow.failedTries.map(({ endpoint, errno }) => [endpoint, errno]),
    [
      [dead.key, 'ECONNREFUSED'],
      [deadToo.key, 'ECONNREFUSED'],
    ],
  );
});

t.test('fallback cluster: what the client sent meanwhile is not lost', async (t) => {
  const echo = await tcpBackend(t, (socket) => socket.pipe(socket));
  const books = booksFor(t);
  const port = await open(createRig(t, { interventions: books }), routeTo({ endpoints: [echo] }));
  override(books, await deadEndpoint());
  const client = tcpClient(t, port);
  const sent = Buffer.alloc(300_000, 'x');
  client.end(sent);
  t.ok((await receive(client)).equals(sent));
});

t.test('fallback fail: where it refuses the client is reset', async (t) => {
  const books = booksFor(t);
  const port = await open(createRig(t, { interventions: books }), routeTo({ endpoints: [await says(t, 'cluster')] }));
  override(books, await deadEndpoint(), { fallback: 'fail' });
  const { text, flow } = await connect(t, port);
  t.equal(text, 'reset');
  t.match(flow, { end: { cause: 'dial-failed', errno: 'ECONNREFUSED' }, failedTries: { length: 1 } });
});

t.test('by source: other clients are not concerned', async (t) => {
  const [cluster, local] = [await says(t, 'cluster'), await says(t, 'local')];
  const books = booksFor(t);
  const port = await open(createRig(t, { interventions: books }), routeTo({ endpoints: [cluster] }));
  override(books, local, { match: 'src=10.0.0.0/8' });
  t.match(await connect(t, port), { text: 'cluster' });
  override(books, local, { match: 'src=127.0.0.1' });
  t.match(await connect(t, port), { text: 'local' });
});

t.test('by share: the die is cast once for each flow, not for each try', async (t) => {
  const [cluster, dead] = [await says(t, 'cluster'), await deadEndpoint()];
  const dice = [0.19, 0.2, 0.1];
  const books = booksFor(t, () => dice.shift() ?? 0.9);
  const port = await open(createRig(t, { interventions: books }), routeTo({ endpoints: [dead, cluster] }));
  override(books, await says(t, 'local'), { match: '20%' });
  const texts = [];
  for (let i = 0; i < 3; i++) texts.push((await connect(t, port)).text);
  t.same(texts, ['local', 'cluster', 'local']);
});

t.test('a client that source ranges deny gets nowhere by an override', async (t) => {
  const books = booksFor(t);
  const route = routeTo({
    endpoints: [await says(t, 'cluster')],
    frontend: { kind: 'loadBalancerIP' },
    sourceRanges: [{ family: 'IPv4', text: '10.0.0.0/8', bytes: new Uint8Array([10, 0, 0, 0]), prefix: 8 }],
  });
  const port = await open(createRig(t, { interventions: books }), route);
  override(books, await says(t, 'local'));
  t.match(await connect(t, port), { text: 'reset', flow: { end: { cause: 'source-denied' } } });
});

t.test('a Service without endpoints listens while it is overridden, and no longer', async (t) => {
  const clock = new SteppedClock();
  const books = booksOf(clock);
  const set = createRig(t, { clock, interventions: books });
  const route = routeTo({ endpoints: [] });
  t.equal(await open(set, route), 0);
  const bound = next(t, channels.listenerBound);
  books.overrides.set(overrideOf((await says(t, 'local')).key), 60_000);
  await bound;
  t.match(await connect(t, portOf(set, route)), { text: 'local' });
  const closed = next(t, channels.listenerClosed);
  clock.advance(60_000);
  await closed;
  t.equal(portOf(set, route), 0);
});

t.test('a client that is held gets the override that comes', async (t) => {
  const books = booksFor(t);
  const settings = { ...SETTINGS, onEmpty: { ...SETTINGS.onEmpty, action: 'hold' as const } };
  const port = await open(createRig(t, { interventions: books, settings }), routeTo({ endpoints: [] }));
  const opened = next(t, channels.flowOpened);
  const client = tcpClient(t, port);
  await Promise.all([opened, once(client, 'connect')]);
  override(books, await says(t, 'local'));
  t.equal((await receive(client)).toString(), 'local');
});

t.test('it ends with its time; flows that it had go on', async (t) => {
  const clock = new SteppedClock();
  const books = booksOf(clock);
  const local = await tcpBackend(t, (socket) => socket.pipe(socket));
  const port = await open(
    createRig(t, { clock, interventions: books }),
    routeTo({ endpoints: [await says(t, 'cluster')] }),
  );
  books.overrides.set(overrideOf(local.key), 60_000);
  const client = tcpClient(t, port);
  client.write('a');
  await once(client, 'data');
  clock.advance(60_000);
  t.match(await connect(t, port), { text: 'cluster' });
  client.end('b');
  t.equal((await receive(client)).toString(), 'b');
});

t.test('UDP: the override has the flow; where it refuses, the next datagram goes on', async (t) => {
  const [cluster, local] = [await udpBackend(t, 'cluster'), await udpBackend(t, 'local')];
  const books = booksFor(t);
  const set = createRig(t, { interventions: books });
  const route = routeTo({ endpoints: [cluster.endpoint], frontend: { protocol: 'UDP' } });
  const port = await open(set, route);
  override(books, local.endpoint);
  const client = await udpSocket(t);
  t.equal((await ask(client, port, 'x')).bytes.toString(), 'local:x');
  t.match([...(await set.flows())], [{ why: 'override', override: local.endpoint.key }]);
  await apply(set, {
    changed: [{ before: route, after: routeTo({ endpoints: [cluster.endpoint], frontend: { protocol: 'UDP' } }) }],
  });
  t.equal((await ask(client, port, 'y')).bytes.toString(), 'local:y', 'a table does not end it');
  await closeSocket(local.socket);
  const ended = nextEnd(t);
  client.send('lost', port, '127.0.0.1');
  t.match(await ended, { end: { cause: 'endpoint-reset', errno: 'ECONNREFUSED' } });
  t.equal((await ask(client, port, 'z')).bytes.toString(), 'cluster:z');
});

t.test('UDP: both addresses of localhost are tried before the endpoints', async (t) => {
  const cluster = await udpBackend(t, 'cluster');
  const dead = await deadEndpoint();
  const books = booksFor(t);
  const set = createRig(t, { interventions: books });
  const port = await open(set, routeTo({ endpoints: [cluster.endpoint], frontend: { protocol: 'UDP' } }));
  books.overrides.set(overrideOf(`localhost:${dead.port}`), HOUR_MS);
  const client = await udpSocket(t);
  for (const key of [`127.0.0.1:${dead.port}`, `[::1]:${dead.port}`]) {
    const ended = nextEnd(t);
    client.send('lost', port, '127.0.0.1');
    t.match(await ended, { endpoint: { key }, end: { cause: 'endpoint-reset' } });
  }
  t.equal((await ask(client, port, 'z')).bytes.toString(), 'cluster:z');
});

t.test('UDP: with fallback fail nobody else gets it', async (t) => {
  const cluster = await udpBackend(t, 'cluster', () => Buffer.from('wrong'));
  const dead = await deadEndpoint();
  const books = booksFor(t);
  const port = await open(
    createRig(t, { interventions: books }),
    routeTo({ endpoints: [cluster.endpoint], frontend: { protocol: 'UDP' } }),
  );
  override(books, dead, { fallback: 'fail' });
  const client = await udpSocket(t);
  for (let i = 0; i < 3; i++) {
    const ended = nextEnd(t);
    client.send('lost', port, '127.0.0.1');
    t.match(await ended, { endpoint: { key: dead.key } });
  }
});

t.test('UDP: flows end with the override, so that the next datagram goes where it should', async (t) => {
  const [cluster, local] = [await udpBackend(t, 'cluster'), await udpBackend(t, 'local')];
  const books = booksFor(t);
  const port = await open(
    createRig(t, { interventions: books }),
    routeTo({ endpoints: [cluster.endpoint], frontend: { protocol: 'UDP' } }),
  );
  override(books, local.endpoint);
  const client = await udpSocket(t);
  t.equal((await ask(client, port, 'x')).bytes.toString(), 'local:x');
  const ended = nextEnd(t);
  books.overrides.remove({ namespace: 'shop', service: 'web' });
  t.match(await ended, { end: { cause: 'endpoint-gone' } });
  t.equal((await ask(client, port, 'y')).bytes.toString(), 'cluster:y');
});

t.test('its addresses are tried in order, each once', async (t) => {
  const both = overrideOf('localhost:3000');
  t.match(pickOverride(both, new Set()), { endpoint: { key: '127.0.0.1:3000' }, why: 'override' });
  t.match(pickOverride(both, new Set(['127.0.0.1:3000'])), { endpoint: { key: '[::1]:3000' } });
  t.match(pickOverride(both, new Set(['other'])), { endpoint: { key: '127.0.0.1:3000' } });
  t.equal(pickOverride(both, new Set(['127.0.0.1:3000', '[::1]:3000'])), undefined);
});

t.test('where no override matches, nothing is different, whatever overrides there are', (t) => {
  const name = fc.constantFrom('web', 'api', 'db');
  const match = fc.constantFrom(undefined, '20%', 'src=10.0.0.0/8', '50%,src=192.168.0.0/16');
  const target = fc.record({
    service: name,
    namespace: fc.constantFrom('shop', 'bank'),
    port: fc.constantFrom('', 'http', '81'),
  });
  holds(
    t,
    fc.property(fc.array(fc.tuple(target, match), { maxLength: 5 }), name, (set, service) => {
      const books = booksOf(new FakeClock(), () => 0);
      for (const [{ port, ...names }, text] of set) {
        const override = overrideOf('localhost:3000', text === undefined ? {} : { match: text });
        books.overrides.set({ ...override, ...names, port }, HOUR_MS);
      }
      const asked = servicePortOf([], { namespace: 'shop', service, portName: 'http', port: 80 });
      const isMeant = set.some(
        ([one, text]) =>
          one.namespace === 'shop' && one.service === service && one.port !== '81' && !(text ?? '').includes('src='),
      );
      const drawn = books.drawOverride(asked, '127.0.0.1', () => 'FORWARD');
      if (!isMeant && drawn !== undefined) throw new Error('taken by another');
    }),
  );
  t.end();
});

t.test('a set that never had interventions is as before', async (t) => {
  const port = await open(createRig(t), routeTo({ endpoints: [await says(t, 'cluster')] }));
  t.match(await connect(t, port), { text: 'cluster', flow: { override: undefined, fault: undefined } });
  t.equal(await ending(tcpClient(t, port)), 'end');
});
