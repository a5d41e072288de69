import type { Socket } from 'node:net';
import t, { type Test } from 'tap';
import type { Endpoint } from '../../src/model/endpoint.ts';
import type { Route } from '../../src/model/route.ts';
import type { DialHandlers } from '../../src/model/transport.ts';
import { channels } from '../../src/observability/channels.ts';
import type { ListenerSetOptions } from '../../src/proxy/listener-set.ts';
import { WaitingRoom } from '../../src/proxy/waiting-room.ts';
import { SteppedClock } from '../fixtures/kubernetes-clock.ts';
import {
  apply,
  createRig,
  deadEndpoint,
  ending,
  endpointAt,
  next,
  nextEnd,
  open,
  portOf,
  routeTo,
  SETTINGS,
  tcpBackend,
  tcpClient,
} from '../fixtures/tcp-rig.ts';
import { ask, udpBackend, udpSocket } from '../fixtures/udp-rig.ts';

const HOLD = { ...SETTINGS, onEmpty: { action: 'hold', maxWaitMs: 10_000, maxQueued: 2 } } as const;

t.test('who waits is woken in order, leaves by itself, and is told when its time is over', async (t) => {
  const clock = new SteppedClock();
  const room = new WaitingRoom(clock);
  const told: string[] = [];
  const waiter = (name: string) => ({
    tryAgain: () => void told.push(`${name} tries`),
    waitOver: () => void told.push(`${name} is over`),
  });
  const [a, b] = [waiter('a'), waiter('b')];
  room.enter(a, 1000);
  clock.advance(400);
  room.enter(b, 1000);
  room.enter(a, 5000);
  room.wake();
  clock.advance(600);
  t.same(told, ['a tries', 'b tries', 'a is over']);
  t.equal(room.size, 2);
  t.equal(room.leave(a), 1000);
  t.equal(room.leave(a), undefined);
  room.clear();
  t.equal(room.leave(b), 600);
  clock.advance(10_000);
  t.same(told.slice(3), ['b is over']);
});

for (const reads of ['auto', 'plain'] as const) {
  t.test(`reads ${reads}: a client waits for an endpoint, and nothing that it sent is lost`, async (t) => {
    const backend = await tcpBackend(t, (socket) => socket.pipe(socket));
    const { set, clock, port, empty } = await holding(t, { reads });
    const client = await held(t, port);
    const answer = nextData(client);
    client.write('are you there?');
    clock.advance(4000);
    const waited = next(t, channels.waitEnded);
    await apply(set, { changed: [{ before: empty, after: routeTo({ endpoints: [backend] }) }] });
    t.equal(await answer, 'are you there?');
    t.match(await waited, { waitedMs: 4000, served: true });
    t.equal(portOf(set, empty), port, 'the socket stayed');
  });
}

t.test('a client that waited too long is reset', async (t) => {
  const { clock, port } = await holding(t);
  const client = await held(t, port);
  const [ended, waited, saw] = [nextEnd(t), next(t, channels.waitEnded), ending(client)];
  clock.advance(10_000);
  t.match(await ended, { end: { cause: 'wait-over' }, endpoint: undefined });
  t.match(await waited, { waitedMs: 10_000, served: false });
  t.equal(await saw, 'ECONNRESET');
});

t.test('the time that a client waits is not idle time', async (t) => {
  const settings = { ...HOLD, limits: { ...HOLD.limits, idleTimeoutMs: 1000 } };
  const { set, clock, port, empty } = await holding(t, { settings });
  const client = await held(t, port);
  const answer = nextData(client);
  clock.advance(9000);
  const backend = await tcpBackend(t, (socket) => socket.end('here'));
  await apply(set, { changed: [{ before: empty, after: routeTo({ endpoints: [backend] }) }] });
  t.equal(await answer, 'here');
});

t.test('only so many wait', async (t) => {
  const { set, port } = await holding(t);
  await held(t, port);
  await held(t, port);
  const ended = nextEnd(t);
  t.equal(await ending(tcpClient(t, port)), 'ECONNRESET');
  t.match((await ended).end, { cause: 'shed', reason: 'queue-full' });
  t.equal(set.counts.tcpFlows, 2);
});

t.test('a table that still has no endpoint lets them go on waiting, with the time that is left', async (t) => {
  const { set, clock, port, empty } = await holding(t);
  const client = await held(t, port);
  clock.advance(6000);
  const unready = routeTo({ endpoints: [endpointAt(9, '127.0.0.1', { ready: false, serving: false })] });
  await apply(set, { changed: [{ before: empty, after: unready }] });
  t.equal(set.counts.tcpFlows, 1);
  const saw = ending(client);
  clock.advance(4000);
  t.equal(await saw, 'ECONNRESET');
});

t.test('a listener stays open when its last endpoint goes, and clients are served by the next one', async (t) => {
  const backend = await tcpBackend(t, (socket) => socket.end('here'));
  const set = createRig(t, { settings: HOLD });
  const full = routeTo({ endpoints: [backend] });
  const port = await open(set, full);
  const empty = routeTo({ endpoints: [] });
  await apply(set, { changed: [{ before: full, after: empty }] });
  t.match([...set.statuses()], [{ state: 'listening', boundPort: port }]);
  const client = await held(t, port);
  const answer = nextData(client);
  await apply(set, { changed: [{ before: empty, after: full }] });
  t.equal(await answer, 'here');
});

t.test('a dial that failed waits too, once the endpoint is gone', async (t) => {
  const backend = await tcpBackend(t, (socket) => socket.end('here'));
  const set = createRig(t, { settings: HOLD });
  const dead = routeTo({ endpoints: [await deadEndpoint()] });
  const empty = routeTo({ endpoints: [] });
  const port = await open(set, dead);
  let goesAway: Promise<void> | undefined;
  const onFailed = (): void => {
    goesAway ??= apply(set, { changed: [{ before: dead, after: empty }] });
  };
  channels.dialFailed.subscribe(onFailed);
  t.teardown(() => channels.dialFailed.unsubscribe(onFailed));
  const failed = next(t, channels.dialFailed);
  const client = tcpClient(t, port);
  const answer = nextData(client);
  await failed;
  await goesAway;
  t.equal(set.counts.tcpFlows, 1);
  await apply(set, { changed: [{ before: empty, after: routeTo({ endpoints: [backend] }) }] });
  t.equal(await answer, 'here');
});

t.test('a client that waited for an endpoint which refuses is reset: there is one', async (t) => {
  const { set, port, empty } = await holding(t, { settings: { ...HOLD, connect: { ...HOLD.connect, tries: 1 } } });
  const client = await held(t, port);
  const [ended, saw] = [nextEnd(t), ending(client)];
  const dead = routeTo({ endpoints: [await deadEndpoint()] });
  await apply(set, { changed: [{ before: empty, after: dead }] });
  t.match((await ended).end, { cause: 'dial-failed', errno: 'ECONNREFUSED' });
  t.equal(await saw, 'ECONNRESET');
});

t.test('nobody waits at a frontend that is gone', async (t) => {
  const held = Promise.withResolvers<DialHandlers>();
  const dialTcp = (_endpoint: Endpoint, handlers: DialHandlers) => {
    held.resolve(handlers);
    return { cancel: () => {} };
  };
  const set = createRig(t, { settings: HOLD, transport: { name: 'direct', dialTcp } });
  const full = routeTo({ endpoints: [endpointAt(9)] });
  const client = tcpClient(t, await open(set, full));
  const [ended, saw] = [nextEnd(t), ending(client)];
  const handlers = await held.promise;
  const empty = routeTo({ endpoints: [] });
  await apply(set, { changed: [{ before: full, after: empty }] });
  await apply(set, { removed: [empty] });
  handlers.failed(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
  t.match((await ended).end, { cause: 'dial-failed', errno: 'ECONNREFUSED' });
  t.equal(await saw, 'ECONNRESET');
});

t.test('who waits is turned away', async (t) => {
  const cases: readonly [name: string, act: (rig: Awaited<ReturnType<typeof holding>>) => Promise<unknown>][] = [
    ['when the frontend is gone', ({ set, empty }) => apply(set, { removed: [empty] })],
    ['when clients are to be refused', ({ set }) => set.updateSettings(SETTINGS)],
    ['when svclane stops', ({ set }) => set.close({ graceMs: 1000 })],
  ];
  for (const [name, act] of cases) {
    t.test(name, async (t) => {
      const rig = await holding(t);
      const client = await held(t, rig.port);
      const [ended, saw] = [nextEnd(t), ending(client)];
      await act(rig);
      t.match((await ended).end, { cause: 'wait-over' });
      t.equal(await saw, 'ECONNRESET');
      t.equal(await ending(tcpClient(t, rig.port)), 'ECONNREFUSED');
    });
  }
});

t.test('holding can be turned on while svclane runs, for one Service too', async (t) => {
  const set = createRig(t);
  const empty = routeTo({ endpoints: [] });
  await apply(set, { added: [empty] });
  t.match([...set.statuses()], [{ state: 'idle' }]);
  await set.updateSettings(SETTINGS, [{ match: { namespace: 'shop', name: 'web' }, onEmpty: { action: 'hold' } }]);
  t.match([...set.statuses()], [{ state: 'listening' }]);
  await held(t, portOf(set, empty));
});

t.test('UDP: the socket stays, datagrams are dropped, and the next endpoint is used', async (t) => {
  const { endpoint } = await udpBackend(t, 'a');
  const set = createRig(t, { settings: HOLD });
  const frontend = { protocol: 'UDP' } as const;
  const empty = routeTo({ endpoints: [], frontend });
  const port = await open(set, empty);
  const client = await udpSocket(t);
  const dropped = next(t, channels.datagramDropped);
  client.send('1', port, '127.0.0.1');
  t.match(await dropped, { reason: 'NO_ENDPOINT' });
  await apply(set, { changed: [{ before: empty, after: routeTo({ endpoints: [endpoint], frontend }) }] });
  t.equal((await ask(client, port, '2')).bytes.toString(), 'a:2');
});

/** A set that holds clients, and one route without endpoints. */
async function holding(t: Test, options: Partial<ListenerSetOptions> = {}, endpoints: readonly Endpoint[] = []) {
  const clock = new SteppedClock();
  const set = createRig(t, { clock, settings: HOLD, ...options });
  const empty: Route = routeTo({ endpoints });
  return { set, clock, empty, port: await open(set, empty) };
}

/** A client that was accepted. */
async function held(t: Test, port: number): Promise<Socket> {
  const opened = next(t, channels.flowOpened);
  const client = tcpClient(t, port);
  await opened;
  return client;
}

function nextData(client: Socket): Promise<string> {
  return new Promise((resolve) => client.once('data', (chunk) => resolve(chunk.toString())));
}
