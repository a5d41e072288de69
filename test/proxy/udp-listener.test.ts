import type { Socket } from 'node:dgram';
import t, { type Test } from 'tap';
import type { Endpoint } from '../../src/model/endpoint.ts';
import { channels } from '../../src/observability/channels.ts';
import type { ListenerSetOptions } from '../../src/proxy/listener-set.ts';
import { SteppedClock } from '../fixtures/kubernetes-clock.ts';
import {
  apply,
  createRig,
  endpointAt,
  firstPicker,
  next,
  nextEnd,
  open,
  portOf,
  routeTo,
  SETTINGS,
} from '../fixtures/tcp-rig.ts';
import { ask, closeSocket, udpBackend, udpSocket } from '../fixtures/udp-rig.ts';

const UDP = { protocol: 'UDP' } as const;

t.test("a client's datagrams stay with one backend, and another client may get another", async (t) => {
  const { set, port, route } = await serve(t, await twoBackends(t), { picker: rotatingPicker() });
  const [one, two] = [await udpSocket(t), await udpSocket(t)];
  const first = await Promise.all([ask(one, port, 'a'), ask(two, port, 'a')]);
  t.strictSame(first.map(text).sort(), ['a:a', 'b:a']);
  for (let i = 0; i < 5; i++) t.equal(text(await ask(one, port, 'x')), `${text(first[0])[0]}:x`);
  t.equal(set.counts.udpFlows, 2);
  t.match(
    [...(await set.flows())],
    [{ protocol: 'UDP', clientAddress: '127.0.0.1', route, bytesIn: 6, bytesOut: 18 }, {}],
  );
});

t.test('replies come from the address that was asked', async (t) => {
  const { endpoint } = await udpBackend(t, 'a');
  const set = createRig(t);
  const port = await open(set, routeTo({ endpoints: [endpoint], frontend: UDP }));
  const other = routeTo({ endpoints: [endpoint], name: 'other', frontend: { ...UDP, address: '127.0.0.2', port } });
  await apply(set, { added: [other] });
  const client = await udpSocket(t, '0.0.0.0');
  for (const address of ['127.0.0.1', '127.0.0.2']) {
    const { from } = await ask(client, port, 'hi', address);
    t.match(from, { address, port });
  }
});

t.test('datagrams of every size pass unchanged', async (t) => {
  const { endpoint } = await udpBackend(t, 'echo', (datagram) => datagram);
  const { port } = await serve(t, [endpoint]);
  const client = await udpSocket(t);
  for (const size of [0, 1, 1472, 9000, 65_507]) {
    const sent = Buffer.alloc(size, size % 251);
    const { bytes } = await ask(client, port, sent);
    t.ok(bytes.equals(sent), `${size} bytes`);
  }
});

t.test('IPv6 frontends serve IPv6 clients only', async (t) => {
  const { endpoint } = await udpBackend(t, 'a');
  const { port } = await serve(t, [endpoint], {}, '::1');
  const client = await udpSocket(t, '::1');
  t.equal(text(await ask(client, port, 'hi', '::1')), 'a:hi');
});

t.test(
  'a refusal ends the flow, and the next datagram gets another endpoint, whatever the picker prefers',
  async (t) => {
    const [a, b] = [await udpBackend(t, 'a'), await udpBackend(t, 'b')];
    const picker = firstPicker();
    const { port } = await serve(t, [a.endpoint, b.endpoint], { picker });
    const client = await udpSocket(t);
    t.equal(text(await ask(client, port, '1')), 'a:1');
    await closeSocket(a.socket);
    const ended = nextEnd(t);
    client.send('lost', port, '127.0.0.1');
    t.match(await ended, { end: { cause: 'endpoint-reset', errno: 'ECONNREFUSED' }, endpoint: a.endpoint });
    t.equal(text(await ask(client, port, '2')), 'b:2');
    t.strictSame(Object.fromEntries(picker.open), { [a.endpoint.key]: 0, [b.endpoint.key]: 1 });
  },
);

t.test('the only endpoint is asked again after it refused', async (t) => {
  const a = await udpBackend(t, 'a');
  const { port } = await serve(t, [a.endpoint]);
  const client = await udpSocket(t);
  await closeSocket(a.socket);
  const ended = nextEnd(t);
  client.send('lost', port, '127.0.0.1');
  await ended;
  const again = await udpSocket(t, '127.0.0.1', a.endpoint.port);
  again.on('message', (datagram, peer) => again.send(datagram, peer.port, peer.address));
  t.equal(text(await ask(client, port, 'back')), 'back');
});

t.test('when the table moves, a flow', async (t) => {
  t.test('ends with an endpoint that no longer serves, and the same client is given another', async (t) => {
    const [a, b] = await twoBackends(t);
    const { set, port, route } = await serve(t, [a, b]);
    const client = await udpSocket(t);
    t.equal(text(await ask(client, port, '1')), 'a:1');
    const ended = nextEnd(t);
    await retarget(set, route, [{ ...a, ready: false, serving: false, terminating: true }, b]);
    t.match((await ended).end, { cause: 'endpoint-gone' });
    t.equal(text(await ask(client, port, '2')), 'b:2');
    t.equal(portOf(set, route), port);
  });

  t.test('stays with an endpoint that is not ready and still serves', async (t) => {
    const [a, b] = await twoBackends(t);
    const { set, port, route } = await serve(t, [a, b]);
    const client = await udpSocket(t);
    await ask(client, port, '1');
    await retarget(set, route, [{ ...a, ready: false, terminating: true }, b]);
    t.equal(text(await ask(client, port, '2')), 'a:2');
  });

  t.test('goes on while no endpoint is eligible but its own serves; new clients are dropped', async (t) => {
    const [a] = await twoBackends(t);
    const { set, port, route } = await serve(t, [a]);
    const client = await udpSocket(t);
    await ask(client, port, '1');
    const after = await retarget(set, route, [{ ...a, ready: false }]);
    t.match([...set.statuses()], [{ state: 'idle', connections: 1 }]);
    t.equal(text(await ask(client, port, '2')), 'a:2');
    const dropped = next(t, channels.datagramDropped);
    (await udpSocket(t)).send('new', port, '127.0.0.1');
    t.match(await dropped, { frontend: route.frontend, reason: 'LISTENER_CLOSING' });
    const back = { ...route, servicePort: { ...route.servicePort } };
    await apply(set, { changed: [{ before: after, after: back }] });
    t.equal(portOf(set, back), port);
    t.equal(text(await ask(await udpSocket(t), port, '3')), 'a:3');
  });

  t.test('ends when the last endpoint is gone, and the kernel refuses', async (t) => {
    const [a] = await twoBackends(t);
    const { set, port, route } = await serve(t, [a]);
    const client = await udpSocket(t);
    await ask(client, port, '1');
    await retarget(set, route, []);
    t.match([...set.statuses()], [{ state: 'idle', boundPort: 0, connections: 0 }]);
    t.equal(await refusal(t, port), 'ECONNREFUSED');
  });

  t.test('ends when the Service port is gone', async (t) => {
    const { set, port, route } = await serve(t, await twoBackends(t));
    await ask(await udpSocket(t), port, '1');
    const ended = nextEnd(t);
    await apply(set, { removed: [route] });
    t.match((await ended).end, { cause: 'service-gone' });
    t.equal(await refusal(t, port), 'ECONNREFUSED');
  });

  t.test('ends when the frontend goes to another Service, which its endpoint does not serve', async (t) => {
    const [a, b] = await twoBackends(t);
    const { set, port, route } = await serve(t, [a]);
    const client = await udpSocket(t);
    await ask(client, port, '1');
    const ended = nextEnd(t);
    const other = routeTo({ endpoints: [b], name: 'other', frontend: route.frontend });
    await apply(set, { changed: [{ before: route, after: other }] });
    t.match((await ended).end, { cause: 'endpoint-gone' });
    t.equal(text(await ask(client, port, '2')), 'b:2');
  });
});

t.test('a datagram for which no endpoint is eligible is dropped, and told', async (t) => {
  const route = { ...routeTo({ endpoints: [endpointAt(9)], eligible: [], frontend: UDP }), listens: true };
  const port = await open(createRig(t), route);
  const dropped = next(t, channels.datagramDropped);
  (await udpSocket(t)).send('x', port, '127.0.0.1');
  t.match(await dropped, { frontend: route.frontend, reason: 'NO_ENDPOINT' });
});

t.test('an idle flow ends, an active one does not', async (t) => {
  const clock = new SteppedClock();
  const { set, port } = await serve(t, await twoBackends(t), { clock });
  const [idle, active] = [await udpSocket(t), await udpSocket(t)];
  await ask(idle, port, '1');
  await ask(active, port, '1');
  clock.advance(50_000);
  await ask(active, port, '2');
  const ended = nextEnd(t);
  clock.advance(15_000);
  t.match(await ended, { end: { cause: 'idle' }, clientPort: idle.address().port });
  t.equal(set.counts.udpFlows, 1);
});

t.test('at the limit the least recently active flow makes room', async (t) => {
  const clock = new SteppedClock();
  const settings = { ...SETTINGS, udp: { ...SETTINGS.udp, maxFlows: 2 } };
  const { set, port } = await serve(t, await twoBackends(t), { clock, settings });
  const clients = [await udpSocket(t), await udpSocket(t), await udpSocket(t)] as const;
  await ask(clients[0], port, '1');
  await ask(clients[1], port, '1');
  clock.advance(1000);
  await ask(clients[0], port, '2');
  const ended = nextEnd(t);
  t.equal(text(await ask(clients[2], port, '1')), 'a:1');
  t.match(await ended, { end: { cause: 'shed', reason: 'max-flows' }, clientPort: clients[1].address().port });
  t.equal(set.counts.udpFlows, 2);
});

t.test('an endpoint that cannot be routed to ends the flow and is avoided next', async (t) => {
  const a = await udpBackend(t, 'a');
  const { port } = await serve(t, [endpointAt(53, '255.255.255.255'), a.endpoint]);
  const client = await udpSocket(t);
  const ended = nextEnd(t);
  const dropped = next(t, channels.datagramDropped);
  client.send('lost', port, '127.0.0.1');
  t.match((await ended).end, { cause: 'endpoint-reset' });
  t.match(await dropped, { reason: 'NOT_SENT' });
  t.equal(text(await ask(client, port, '2')), 'a:2');
});

async function serve(
  t: Test,
  endpoints: readonly Endpoint[],
  options: Partial<ListenerSetOptions> = {},
  address = '127.0.0.1',
) {
  const set = createRig(t, options);
  const route = routeTo({ endpoints, frontend: { ...UDP, address } });
  return { set, route, port: await open(set, route) };
}

async function retarget(
  set: ReturnType<typeof createRig>,
  before: ReturnType<typeof routeTo>,
  endpoints: readonly Endpoint[],
) {
  const after = routeTo({ endpoints, frontend: before.frontend });
  await apply(set, { changed: [{ before, after }] });
  return after;
}

async function twoBackends(t: Test): Promise<[Endpoint, Endpoint]> {
  return [(await udpBackend(t, 'a')).endpoint, (await udpBackend(t, 'b')).endpoint];
}

function rotatingPicker() {
  let turn = 0;
  const picker = firstPicker();
  return {
    ...picker,
    pick: (_servicePort: unknown, eligible: readonly Endpoint[]) => {
      const endpoint = eligible[turn++ % eligible.length];
      return endpoint && { endpoint, why: 'roundrobin' as const };
    },
  };
}

/** What a connected client learns from the kernel where nobody is bound. */
async function refusal(t: Test, port: number): Promise<string | undefined> {
  const client: Socket = await udpSocket(t);
  await new Promise<void>((resolve) => client.connect(port, '127.0.0.1', resolve));
  const failed = new Promise<NodeJS.ErrnoException>((resolve) => client.once('error', resolve));
  client.send('anybody?');
  return (await failed).code;
}

function text({ bytes }: { readonly bytes: Buffer }): string {
  return bytes.toString();
}

t.test('a client of a predecessor keeps its endpoint, until it has been idle for the time-out', async (t) => {
  const clock = new SteppedClock();
  const backends = await twoBackends(t);
  const route = routeTo({ endpoints: backends, frontend: UDP });
  const client = await udpSocket(t);
  const late = await udpSocket(t);
  const rows = [client, late].map((socket) => ({
    frontend: route.frontend.key,
    address: '127.0.0.1',
    port: socket.address().port,
    endpoint: backends[1]?.key ?? '',
  }));
  const set = createRig(t, { clock });
  set.inherit({ affinity: [], suspects: [], quarantine: [], udpFlows: rows });
  const port = await open(set, route);
  t.equal(text(await ask(client, port, 'x')), 'b:x', 'where others get the first one');
  t.match([...(await set.flows())], [{ why: 'inherited' }]);
  t.match(set.softState().udpFlows, [rows[0] ?? {}]);
  clock.advance(SETTINGS.udp.idleTimeoutMs);
  t.equal(text(await ask(late, port, 'x')), 'a:x');
});
