import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { connect, createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { SocketExchange, socketName } from '../../src/lib/socket-exchange.ts';
import type { Binding } from '../../src/model/capture.ts';
import { AcceptGate } from '../../src/proxy/accept-gate.ts';
import { ListeningSockets } from '../../src/proxy/listening-sockets.ts';
import { descriptorIn } from '../../src/proxy/tcp-fast-socket.ts';
import { freePort } from '../fixtures/echo-backends.ts';
import { SteppedClock } from '../fixtures/kubernetes-clock.ts';

const ANY: Binding = { address: '127.0.0.1', port: 0 };
const OWNER = 'web/TCP';
/** Enough for a listener to open further sockets. */
const MANY = 40;
const BLOCK = 200;
/** Sockets of a listener besides the first. */
const EXTRA = 7;
const INDEXES = Array.from({ length: EXTRA }, (_, index) => index + 1);
/** Of which the gate keeps 64 free. */
const DESCRIPTORS = 64 + 10;

t.test('a listener that many clients come to takes several in each turn of the event loop', async (t) => {
  const { open, turnsFor } = rig(t);
  await open(ANY);
  t.ok((await turnsFor(MANY)) >= MANY / 2, 'at first one');
  t.ok((await turnsFor(BLOCK)) < BLOCK / 2);
});

t.test('clients that come now and then need no further socket', async (t) => {
  const slow = rig(t, { accepted: () => slow.clock.advance(50) });
  await slow.open(ANY);
  t.ok((await slow.turnsFor(BLOCK)) >= BLOCK - 1);
  t.equal(slow.extra(), 0);
});

t.test('an address in use is an error, also where it could be shared', async (t) => {
  for (const address of ['127.0.0.1', '::1']) {
    const [one, other] = [rig(t), rig(t)];
    const bound = await one.open({ address, port: 0 });
    await t.rejects(other.open(bound), { code: 'EADDRINUSE' }, `${address}, one socket`);
    await one.turnsFor(MANY);
    t.equal(one.extra(), EXTRA, address);
    await t.rejects(other.open(bound), { code: 'EADDRINUSE' }, `${address}, several`);
    t.equal(other.sockets.isOpen, false);
    one.sockets.close();
    t.same(await other.open(bound), bound, `${address}, closed`);
  }
});

t.test('all sockets are closed together, and descriptors are counted', async (t) => {
  const { sockets, open, turnsFor, extra, gate } = rig(t);
  const bound = await open(ANY);
  await turnsFor(MANY);
  t.equal(extra(), EXTRA);
  sockets.close();
  sockets.close();
  t.equal(sockets.isOpen, false);
  t.equal(extra(), 0);
  await t.rejects(once(connect(bound.port, bound.address), 'connect'), { code: 'ECONNREFUSED' });
  await open(bound);
  t.equal(extra(), 0);
  let free = 0;
  while (gate.admitExtra()) free += 1;
  t.equal(free, DESCRIPTORS - 64);
});

t.test('where descriptors are short, a listener goes on with the sockets that it has', async (t) => {
  const { open, turnsFor, extra, gate } = rig(t);
  await open(ANY);
  while (gate.admitExtra()) await undefined;
  gate.extraClosed();
  await turnsFor(BLOCK);
  t.equal(extra(), 1);
});

t.test('extra sockets pass to a successor with the first one', async (t) => {
  const first = await passedOn(t, { reusePort: true });
  const port = portOf(first);
  const name = `TCP 127.0.0.1:${port}`;
  const passed = new Map([[name, first]]);
  for (const index of INDEXES) passed.set(`${name} +${index}`, await passedOn(t, { port, reusePort: true }));
  const asked: string[] = [];
  const exchange = new SocketExchange(async (wanted) => {
    asked.push(wanted);
    return passed.get(wanted);
  });
  const { sockets, open, turnsFor, extra } = rig(t, { exchange });
  await open({ address: '127.0.0.1', port });
  await sockets.inheritExtra();
  t.same(asked, [...passed.keys()]);
  t.equal(extra(), EXTRA);
  t.ok((await turnsFor(BLOCK)) < BLOCK / 2);
});

t.test('extra sockets that arrive when the first one is closed are closed too', async (t) => {
  const first = await passedOn(t, { reusePort: true });
  const port = portOf(first);
  const late = await passedOn(t, { port, reusePort: true });
  const exchange = new SocketExchange(async (wanted) => (wanted.endsWith('+1') ? late : first));
  const { sockets, open, extra } = rig(t, { exchange });
  await open({ address: '127.0.0.1', port });
  const inherited = sockets.inheritExtra();
  sockets.close();
  await inherited;
  t.equal(extra(), 0);
  await t.rejects(once(connect(port, '127.0.0.1'), 'connect'), { code: 'ECONNREFUSED' });
});

t.test('while sockets may be inherited none is opened, and then they are', async (t) => {
  const first = await passedOn(t, { reusePort: true });
  const exchange = new SocketExchange(async (wanted) => (wanted.endsWith('+1') ? undefined : first));
  const { sockets, open, turnsFor, extra } = rig(t, { exchange });
  await open({ address: '127.0.0.1', port: portOf(first) });
  await sockets.inheritExtra();
  await turnsFor(MANY);
  t.equal(extra(), 0);
  exchange.endInheritance();
  await turnsFor(MANY);
  t.equal(extra(), EXTRA);
});

t.test('a socket that came by its descriptor is gone on with', async (t) => {
  const there = await foreignSocket(t);
  const exchange = new SocketExchange(async (wanted) => (wanted.endsWith('+1') ? undefined : there));
  const { sockets, open, turnsFor } = rig(t, { exchange });
  t.same(await open({ address: '127.0.0.1', port: there.port }), { address: '127.0.0.1', port: there.port });
  await turnsFor(1);
  t.equal(sockets.accepted, 1);
});

t.test('a descriptor that is no socket, or that of one elsewhere, is passed over', async (t) => {
  const file = openSync('/dev/null', 'r');
  t.teardown(() => closeSync(file));
  const cases: readonly [string, number][] = [
    ['a file', file],
    ['closed', 999_999],
    ['elsewhere', (await foreignSocket(t)).descriptor],
  ];
  for (const [name, descriptor] of cases) {
    const { sockets, open, turnsFor } = rig(t, { exchange: new SocketExchange(async () => ({ descriptor })) });
    await open({ address: '127.0.0.1', port: await freePort() });
    await turnsFor(1);
    t.equal(sockets.accepted, 1, name);
  }
});

t.test('once a successor has the first socket no further one is opened', async (t) => {
  const exchange = new SocketExchange();
  const { sockets, open, turnsFor, extra } = rig(t, { exchange });
  await open(ANY);
  exchange.give(socketName('TCP', ANY, OWNER));
  t.equal(sockets.isTaken, true);
  await turnsFor(MANY);
  t.equal(extra(), 0);
});

t.test('a first socket whose address is not shared goes on alone', async (t) => {
  const first = await passedOn(t, { exclusive: true });
  const exchange = new SocketExchange(async () => first);
  const { open, turnsFor, extra } = rig(t, { exchange });
  await open({ address: '127.0.0.1', port: portOf(first) });
  exchange.endInheritance();
  t.ok((await turnsFor(BLOCK)) >= BLOCK - 1);
  t.equal(extra(), 0);
});

interface Rig {
  readonly sockets: ListeningSockets;
  readonly clock: SteppedClock;
  readonly gate: AcceptGate;
  /** How many there are besides the first. */
  extra(): number;
  open(binding: Binding): Promise<Binding>;
  /** Connects so many clients at once, and counts the turns of the event loop from the first that is accepted to the last. */
  turnsFor(clients: number): Promise<number>;
}

function rig(
  t: Test,
  { exchange = new SocketExchange(), accepted = () => {} }: { exchange?: SocketExchange; accepted?: () => void } = {},
): Rig {
  const clock = new SteppedClock();
  const gate = new AcceptGate(clock, () => 0, DESCRIPTORS);
  let count = 0;
  let bound = ANY;
  let name = '';
  const accept = (client: Socket): void => {
    count += 1;
    accepted();
    clock.advance(1);
    client.on('error', () => {}).destroy();
  };
  const sockets = new ListeningSockets({ clock, gate, sockets: exchange }, accept);
  t.teardown(() => {
    sockets.close();
    gate.close();
  });
  return {
    sockets,
    clock,
    gate,
    extra: () => INDEXES.filter((index) => exchange.give(`${name} +${index}`) !== undefined).length,
    async open(binding) {
      name = socketName('TCP', binding, OWNER);
      bound = await sockets.open(binding, OWNER);
      return bound;
    },
    async turnsFor(clients) {
      count = 0;
      for (let i = 0; i < clients; i++) connect(bound.port, bound.address).on('error', () => {});
      let turns = 0;
      while (count < clients) {
        await new Promise((resolve) => setImmediate(resolve));
        if (count > 0) turns += 1;
      }
      return turns;
    },
  };
}

/** A socket as a predecessor would hand it over. */
async function passedOn(t: Test, options: ListenOptions): Promise<Server> {
  const server = createServer();
  t.teardown(() => server.close());
  server.listen({ port: 0, host: '127.0.0.1', ...options });
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}

/** A socket that another process has listened at. Nobody in this one knows of it. */
async function foreignSocket(t: Test): Promise<{ readonly descriptor: number; readonly port: number }> {
  const other = spawn(process.execPath, ['-e', OTHER], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  t.teardown(() => other.kill('SIGKILL'));
  const [port, handle]: unknown[] = await once(other, 'message');
  other.kill('SIGKILL');
  await once(other, 'exit');
  return { descriptor: descriptorIn(handle), port: Number(port) };
}

const OTHER = `
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', reusePort: true }, () => process.send(server.address().port, server._handle));
`;
