import t, { type Test } from 'tap';
import type { Endpoint } from '../../src/model/endpoint.ts';
import { channels } from '../../src/observability/channels.ts';
import {
  apply,
  createRig,
  ending,
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
import { ask, udpBackend, udpSocket } from '../fixtures/udp-rig.ts';

const KEY = 'shop/web:/TCP/IPv4';

t.test('an endpoint that is drained gets no new flows, and its live ones go on', async (t) => {
  const { set, port, a } = await twoBackends(t);
  const live = tcpClient(t, port);
  t.equal(await say(live), 'a');
  t.equal(await set.drainEndpoint(KEY, a.key), true);
  t.same([...set.quarantined()], [[KEY, new Set([a.key])]]);
  t.equal(await say(tcpClient(t, port)), 'b');
  t.equal(await say(live), 'a');
  t.equal(await set.restoreEndpoint(KEY, a.key), true);
  t.equal(await say(tcpClient(t, port)), 'a');
  t.equal(await set.restoreEndpoint(KEY, a.key), false);
});

t.test('only what the table has can be drained', async (t) => {
  const { set, a } = await twoBackends(t);
  t.equal(await set.drainEndpoint(KEY, '10.0.0.1:1'), false);
  t.equal(await set.drainEndpoint('shop/other:/TCP/IPv4', a.key), false);
  t.same([...set.quarantined()], []);
});

t.test('a drain holds over later tables, until the endpoint leaves', async (t) => {
  const { set, port, a, b, route } = await twoBackends(t);
  await set.drainEndpoint(KEY, a.key);
  const later = routeTo({ endpoints: [{ ...a, zone: 'z' }, b] });
  await apply(set, { changed: [{ before: route, after: later }] });
  t.equal(await say(tcpClient(t, port)), 'b');
  const without = routeTo({ endpoints: [b] });
  await apply(set, { changed: [{ before: later, after: without }] });
  await apply(set, { changed: [{ before: without, after: route }] });
  t.equal(await say(tcpClient(t, port)), 'a');
});

t.test('a drain is of the Service port: another frontend of it follows, another Service does not', async (t) => {
  const { set, a, b } = await twoBackends(t);
  const second = routeTo({ endpoints: [a, b], frontend: { key: 'web/second' } });
  const other = routeTo({ endpoints: [a, b], name: 'other' });
  await apply(set, { added: [second, other] });
  await set.drainEndpoint(KEY, a.key);
  t.equal(await say(tcpClient(t, portOf(set, second))), 'b');
  t.equal(await say(tcpClient(t, portOf(set, other))), 'a');
});

t.test('with the last endpoint drained', async (t) => {
  t.test('the kernel refuses, and accepts again when one is restored', async (t) => {
    const { set, port, a, b } = await twoBackends(t);
    const live = tcpClient(t, port);
    await say(live);
    await set.drainEndpoint(KEY, a.key);
    await set.drainEndpoint(KEY, b.key);
    t.equal(await ending(tcpClient(t, port)), 'ECONNREFUSED');
    t.equal(await say(live), 'a');
    await set.restoreEndpoint(KEY, b.key);
    t.match([...set.statuses()], [{ state: 'listening' }]);
  });

  t.test('clients are held where that is configured, and served when one is restored', async (t) => {
    const settings = { ...SETTINGS, onEmpty: { ...SETTINGS.onEmpty, action: 'hold' as const } };
    const { set, port, a, b } = await twoBackends(t, settings);
    await set.drainEndpoint(KEY, a.key);
    await set.drainEndpoint(KEY, b.key);
    const opened = next(t, channels.flowOpened);
    const client = tcpClient(t, port);
    const answer = say(client);
    await opened;
    await set.restoreEndpoint(KEY, b.key);
    t.equal(await answer, 'b');
  });

  t.test('a class of clients that had but this one is turned away', async (t) => {
    const [a, b] = [await tcpBackend(t, () => {}), await tcpBackend(t, () => {})];
    const route = routeTo({ endpoints: [a, b], eligible: [a] });
    const both = { ...route, servicePort: { ...route.servicePort, localEndpoints: [b] } };
    const set = createRig(t);
    const port = await open(set, both);
    await set.drainEndpoint(KEY, a.key);
    const ended = nextEnd(t);
    t.equal(await ending(tcpClient(t, port)), 'ECONNRESET');
    t.match((await ended).end, { cause: 'no-endpoint' });
  });
});

t.test('UDP: the flow of a client goes on, another client gets another endpoint', async (t) => {
  const [a, b] = [await udpBackend(t, 'a'), await udpBackend(t, 'b')];
  const set = createRig(t);
  const route = routeTo({ endpoints: [a.endpoint, b.endpoint], frontend: { protocol: 'UDP' } });
  const port = await open(set, route);
  const client = await udpSocket(t);
  await ask(client, port, '1');
  await set.drainEndpoint(route.servicePort.key, a.endpoint.key);
  t.equal((await ask(client, port, '2')).bytes.toString(), 'a:2');
  t.equal((await ask(await udpSocket(t), port, '3')).bytes.toString(), 'b:3');
});

t.test('new settings count for the flows that begin from then on', async (t) => {
  const backend = await tcpBackend(t, (socket) => socket.pipe(socket));
  const set = createRig(t);
  const port = await open(set, routeTo({ endpoints: [backend] }));
  const echo = async (): Promise<string> => {
    const client = tcpClient(t, port);
    client.end('hello');
    return (await receive(client)).toString();
  };
  t.equal(await echo(), 'hello');
  await set.updateSettings({ ...SETTINGS, proxyProtocol: 'v1' });
  t.match(await echo(), /^PROXY TCP4 .+hello$/s);
  const override = { match: { namespace: '', name: 'web' }, proxyProtocol: 'off' } as const;
  await set.updateSettings({ ...SETTINGS, proxyProtocol: 'v1' }, [override]);
  t.equal(await echo(), 'hello');
});

async function twoBackends(t: Test, settings = SETTINGS) {
  const [a, b]: [Endpoint, Endpoint] = [await named(t, 'a'), await named(t, 'b')];
  const set = createRig(t, { settings });
  const route = routeTo({ endpoints: [a, b] });
  return { set, route, a, b, port: await open(set, route) };
}

function named(t: Test, name: string): Promise<Endpoint> {
  return tcpBackend(t, (socket) => {
    socket.on('data', () => socket.write(name));
    socket.on('end', () => socket.end());
  });
}

async function say(client: ReturnType<typeof tcpClient>): Promise<string> {
  const answer = new Promise<Buffer>((resolve) => client.once('data', resolve));
  client.write('x');
  return (await answer).toString();
}
