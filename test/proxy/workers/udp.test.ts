import type { Socket } from 'node:dgram';
import t, { type Test } from 'tap';
import { createInterventions } from '../../../src/daemon/interventions.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import type { Flow } from '../../../src/model/flow.ts';
import { channels } from '../../../src/observability/channels.ts';
import type { ListenerSet } from '../../../src/proxy/listener-set.ts';
import { apply, next, open, routeTo } from '../../fixtures/tcp-rig.ts';
import { ask, udpBackend, udpSocket } from '../../fixtures/udp-rig.ts';
import { createWorkers, helperServes, isOfHelper, isOfMain, type WorkersOptions } from '../../fixtures/workers-rig.ts';

t.test('a UDP flow through a helper', async (t) => {
  const { set, port } = await answering(t);
  const { client, flow } = await clientAt(t, port, isOfHelper);
  t.match(flow, { protocol: 'UDP', clientAddress: '127.0.0.1', clientPort: client.address().port });
  const { bytes, from } = await ask(client, port, 'again');
  t.equal(from.port, port, 'the answer comes from the address that was asked');
  t.match(String(bytes), /:again$/);
  const live = [...(await set.flows())].find(({ id }) => id === flow.id);
  t.match(live, { datagramsIn: 2, datagramsOut: 2, endpoint: { key: flow.endpoint?.key } });
  t.ok(set.counts.udpFlows >= 1);
  t.match(
    set.softState().udpFlows.find((row) => row.port === client.address().port),
    { frontend: flow.route.frontend.key, address: '127.0.0.1', endpoint: flow.endpoint?.key },
    'a successor is told of it',
  );
  const ended = next(t, channels.flowEnded, ({ id }) => id === flow.id);
  t.equal(await set.endFlow(flow.id), true);
  t.match((await ended).end, { cause: 'killed' });
});

t.test('where helpers leave, and where they come back, each client keeps its endpoint', async (t) => {
  const interventions = createInterventions({ clock: systemClock, random: () => 0.99 });
  t.teardown(() => interventions.close());
  const { port } = await answering(t, { interventions });
  const clients: { readonly client: Socket; readonly name: string }[] = [];
  for (let i = 0; i < 12; i++) {
    const client = await udpSocket(t);
    clients.push({ client, name: await nameOf(client, port) });
  }
  t.same(new Set(clients.map(({ name }) => name)), new Set(['a', 'b']));
  interventions.faults.set({ ...WEB, ...SLIGHT_FAULT }, 60_000);
  await untilFlowsBegin(t, port, isOfMain);
  for (const { client, name } of clients) t.equal(await nameOf(client, port), name);
  interventions.faults.remove(WEB);
  await untilFlowsBegin(t, port, isOfHelper);
  for (const { client, name } of clients) t.equal(await nameOf(client, port), name);
});

t.test('an answer that is under way when helpers leave arrives, by main', async (t) => {
  const interventions = createInterventions({ clock: systemClock, random: () => 0.99 });
  t.teardown(() => interventions.close());
  const set = createWorkers(t, { interventions });
  const serve = helperServes(t, set);
  const held: (() => void)[] = [];
  const { endpoint, socket } = await udpBackend(t, 'a');
  socket.removeAllListeners('message');
  socket.on('message', (datagram, { port, address }) => held.push(() => socket.send(datagram, port, address)));
  const port = await open(set, routeTo({ endpoints: [endpoint], frontend: { protocol: 'UDP' } }));
  await serve;
  let asked: { readonly client: Socket; readonly flow: Flow } | undefined;
  while (asked === undefined) {
    const client = await udpSocket(t);
    const opened = next(t, channels.flowOpened);
    client.send('late', port, '127.0.0.1');
    const flow = await opened;
    if (isOfHelper(flow.id)) asked = { client, flow };
  }
  const { client } = asked;
  interventions.faults.set({ ...WEB, ...SLIGHT_FAULT }, 60_000);
  await untilOpened(t, port, isOfMain, 8);
  const answer = new Promise((resolve) => client.once('message', (bytes, from) => resolve([String(bytes), from.port])));
  for (const send of held) send();
  t.same(await answer, ['late', port]);
});

t.test('flows of helpers end when their endpoint serves no more', async (t) => {
  const set = createWorkers(t);
  const serve = helperServes(t, set);
  const a = await udpBackend(t, 'a');
  const b = await udpBackend(t, 'b');
  const before = routeTo({ endpoints: [a.endpoint], frontend: { protocol: 'UDP' } });
  const port = await open(set, before);
  await serve;
  const { client, flow } = await clientAt(t, port, isOfHelper);
  const ended = next(t, channels.flowEnded, ({ id }) => id === flow.id);
  await apply(set, {
    changed: [{ before, after: routeTo({ endpoints: [b.endpoint], frontend: { protocol: 'UDP' } }) }],
  });
  t.match((await ended).end, { cause: 'endpoint-gone' });
  t.equal(await nameOf(client, port), 'b');
});

const WEB = { namespace: 'shop', service: 'web', port: '', protocol: undefined } as const;
const SLIGHT_FAULT = {
  latencyMs: 0,
  jitterMs: 0,
  bytesPerSecond: 0,
  resetPercent: 1,
  refusePercent: 0,
  blackholePercent: 0,
} as const;

/** Two endpoints, `a` and `b`, served by every worker. */
async function answering(
  t: Test,
  options: WorkersOptions = {},
): Promise<{ readonly set: ListenerSet; readonly port: number }> {
  const set = createWorkers(t, options);
  const serve = helperServes(t, set);
  const [a, b] = [await udpBackend(t, 'a'), await udpBackend(t, 'b')];
  const route = routeTo({ endpoints: [a.endpoint, b.endpoint], frontend: { protocol: 'UDP' } });
  const sorted = route.servicePort.endpoints.toSorted((x, y) => (x.key < y.key ? -1 : 1));
  const port = await open(set, routeTo({ endpoints: sorted, frontend: { protocol: 'UDP' } }));
  await serve;
  await clientAt(t, port, isOfHelper);
  return { set, port };
}

/** A client whose flow a worker that passes has, after its first answer. */
async function clientAt(
  t: Test,
  port: number,
  passes: (id: string) => boolean,
): Promise<{ readonly client: Socket; readonly flow: Flow }> {
  for (let tries = 0; tries < 200; tries++) {
    const client = await udpSocket(t);
    const opened = next(t, channels.flowOpened);
    await ask(client, port, 'x');
    const flow = await opened;
    if (passes(flow.id)) return { client, flow };
  }
  throw new Error('no such worker served');
}

async function untilFlowsBegin(t: Test, port: number, passes: (id: string) => boolean): Promise<void> {
  await clientAt(t, port, passes);
  if (passes === isOfMain) await untilOpened(t, port, passes, 8);
}

/** Until so many flows in a row have begun at workers that pass. */
async function untilOpened(t: Test, port: number, passes: (id: string) => boolean, inRow: number): Promise<void> {
  for (let row = 0; row < inRow; ) {
    const client = await udpSocket(t);
    const opened = next(t, channels.flowOpened);
    client.send('probe', port, '127.0.0.1');
    const { id } = await opened;
    row = passes(id) ? row + 1 : 0;
  }
}

/** The endpoint that answers. */
async function nameOf(client: Socket, port: number): Promise<string> {
  return String((await ask(client, port, 'x')).bytes).split(':')[0] ?? '';
}
