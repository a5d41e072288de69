import t, { type Test } from 'tap';
import type { Endpoint } from '../../src/model/endpoint.ts';
import type { Dial, DialHandlers, Transport } from '../../src/model/transport.ts';
import { channels } from '../../src/observability/channels.ts';
import type { ListenerSet } from '../../src/proxy/listener-set.ts';
import { createDirectTransport } from '../../src/transport/direct.ts';
import { SteppedClock } from '../fixtures/kubernetes-clock.ts';
import {
  apply,
  createRig,
  deadEndpoint,
  ending,
  endpointAt,
  firstPicker,
  next,
  nextEnd,
  open,
  receive,
  routeTo,
  SETTINGS,
  tcpBackend,
  tcpClient,
} from '../fixtures/tcp-rig.ts';
import { ask, closeSocket, udpBackend, udpSocket } from '../fixtures/udp-rig.ts';

const EJECT = { ...SETTINGS, ejection: { ...SETTINGS.ejection, consecutiveFailures: 2 } };

t.test('an endpoint that refuses in a row is not dialled for a time, and then it is tried again', async (t) => {
  const [dead, alive] = [await deadEndpoint(), await tcpBackend(t, (socket) => socket.end('alive'))];
  const clock = new SteppedClock();
  const set = createRig(t, { clock, settings: EJECT });
  const port = await open(set, routeTo({ endpoints: [dead, alive] }));
  const ejected = next(t, channels.endpointEjected);
  t.equal(await triesOf(t, port), 1);
  t.equal(await triesOf(t, port), 1);
  t.match(await ejected, { endpoint: dead, cause: 'ECONNREFUSED', failures: 2, times: 1, forMs: 10_000 });
  t.equal(await triesOf(t, port), 0);
  t.match([...set.ejections()], [{ endpoint: dead, leftMs: 10_000, suspendedIn: [] }]);
  const restored = next(t, channels.endpointRestored);
  clock.advance(10_000);
  t.match(await restored, { endpoint: dead, why: 'time' });
  const again = next(t, channels.endpointEjected);
  t.equal(await triesOf(t, port), 1);
  t.match(await again, { times: 2, forMs: 20_000 });
});

t.test('an endpoint that accepts again is restored by the flow that had nobody else', async (t) => {
  const clock = new SteppedClock();
  const failing = new Set<string>();
  const [a, b] = [await tcpBackend(t, (socket) => socket.end('a')), await tcpBackend(t, (socket) => socket.end('b'))];
  const set = createRig(t, { clock, settings: EJECT, transport: new RefusingTransport(failing) });
  const port = await open(set, routeTo({ endpoints: [a, b] }));
  failing.add(a.key);
  await triesOf(t, port);
  await triesOf(t, port);
  t.equal([...set.ejections()].length, 1);
  failing.delete(a.key);
  failing.add(b.key);
  const restored = next(t, channels.endpointRestored);
  t.equal(await triesOf(t, port), 1, 'b is tried first, a is the last resort');
  t.match(await restored, { endpoint: a, why: 'success' });
});

t.test('the cap forces traffic through, and that is told', async (t) => {
  const dead = await deadEndpoint();
  const set = createRig(t, { settings: EJECT });
  const port = await open(set, routeTo({ endpoints: [dead] }));
  const suspended = next(t, channels.ejectionSuspended);
  for (let i = 0; i < 2; i++) await refused(t, port);
  t.match(await suspended, { eligible: 1, ejected: 1, forced: 1 });
  t.match([...set.ejections()], [{ endpoint: dead, suspendedIn: ['cluster'] }]);
  t.match(await refused(t, port), { end: { cause: 'dial-failed' }, failedTries: { length: 1 } });
});

t.test('off by default, nothing is ejected', async (t) => {
  const [dead, alive] = [await deadEndpoint(), await tcpBackend(t, (socket) => socket.end('alive'))];
  const set = createRig(t);
  const port = await open(set, routeTo({ endpoints: [dead, alive] }));
  for (let i = 0; i < 5; i++) t.equal(await triesOf(t, port), 1);
  t.same([...set.ejections()], []);
});

t.test('a try that was cut short for what earlier ones took is not the fault of its endpoint', async (t) => {
  const clock = new SteppedClock();
  const connect = { timeoutMs: 600, tries: 3, perTryTimeoutMs: 500 };
  const settings = { ...SETTINGS, connect, ejection: { ...SETTINGS.ejection, consecutiveFailures: 1 } };
  const [a, b, c, d] = [1, 2, 3, 4].map((last) => endpointAt(80, `10.0.0.${last}`));
  if (!a || !b || !c || !d) throw new Error('four');
  const transport = new SilentTransport();
  const set = createRig(t, { clock, settings, transport });
  const port = await open(set, routeTo({ endpoints: [a, b, c, d] }));
  const ended = nextEnd(t);
  tcpClient(t, port);
  await transport.dialled;
  clock.advance(600);
  t.match(await ended, { failedTries: [{ endpoint: a.key }, { endpoint: b.key, elapsedMs: 100 }] });
  t.same(
    [...set.ejections()].map(({ endpoint, cause }) => [endpoint.key, cause]),
    [[a.key, 'ETIMEDOUT']],
  );
});

t.test('an ejection goes with its endpoint, and by the word of the operator', async (t) => {
  const [dead, alive] = [await deadEndpoint(), await tcpBackend(t, (socket) => socket.end('alive'))];
  const set = createRig(t, { settings: EJECT });
  const both = routeTo({ endpoints: [dead, alive] });
  const port = await open(set, both);
  await eject(t, set, port);
  t.equal(await set.restoreEndpoint(both.servicePort.key, dead.key), true);
  t.equal(await set.restoreEndpoint(both.servicePort.key, dead.key), false);
  await eject(t, set, port);
  const one = routeTo({ endpoints: [alive] });
  await apply(set, { changed: [{ before: both, after: one }] });
  t.same([...set.ejections()], []);
  await apply(set, { changed: [{ before: one, after: both }] });
  await eject(t, set, port);
  await set.updateSettings(SETTINGS);
  t.same([...set.ejections()], []);
});

t.test('UDP: refusals count as dials that failed, and an answer as one that succeeded', async (t) => {
  const [a, b] = [await udpBackend(t, 'a'), await udpBackend(t, 'b')];
  const picker = firstPicker();
  const set = createRig(t, { picker, settings: EJECT });
  const frontend = { protocol: 'UDP' } as const;
  const port = await open(set, routeTo({ endpoints: [a.endpoint, b.endpoint], frontend }));
  await closeSocket(a.socket);
  for (let i = 0; i < 2; i++) {
    const ended = nextEnd(t);
    (await udpSocket(t)).send('lost', port, '127.0.0.1');
    await ended;
  }
  t.match([...set.ejections()], [{ endpoint: a.endpoint, cause: 'ECONNREFUSED' }]);
  t.equal((await ask(await udpSocket(t), port, 'x')).bytes.toString(), 'b:x');
  const again = await udpSocket(t, '127.0.0.1', a.endpoint.port);
  again.on('message', (datagram, peer) => again.send(datagram, peer.port, peer.address));
  await set.drainEndpoint('shop/web:/UDP/IPv4', b.endpoint.key);
  const restored = next(t, channels.endpointRestored);
  t.equal((await ask(await udpSocket(t), port, 'y')).bytes.toString(), 'y');
  t.match(await restored, { endpoint: a.endpoint, why: 'success' });
});

/** How many tries failed before a client was served. */
async function triesOf(t: Test, port: number): Promise<number> {
  const ended = nextEnd(t);
  const client = tcpClient(t, port);
  client.end();
  await receive(client);
  return (await ended).failedTries.length;
}

async function refused(t: Test, port: number) {
  const ended = nextEnd(t);
  await ending(tcpClient(t, port));
  return ended;
}

async function eject(t: Test, set: ListenerSet, port: number): Promise<void> {
  await triesOf(t, port);
  await triesOf(t, port);
  t.equal([...set.ejections()].length, 1);
}

/** Refuses endpoints with these keys. */
class RefusingTransport implements Transport {
  readonly name = 'direct';
  readonly #keys: ReadonlySet<string>;

  constructor(keys: ReadonlySet<string>) {
    this.#keys = keys;
  }

  dialTcp(endpoint: Endpoint, handlers: DialHandlers): Dial {
    if (!this.#keys.has(endpoint.key)) return createDirectTransport().dialTcp(endpoint, handlers);
    const error = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    const due = setImmediate(() => handlers.failed(error));
    return { cancel: () => clearImmediate(due) };
  }
}

/** Never answers. */
class SilentTransport implements Transport {
  readonly name = 'direct';
  readonly #first = Promise.withResolvers<void>();

  get dialled(): Promise<void> {
    return this.#first.promise;
  }

  dialTcp(): Dial {
    this.#first.resolve();
    return { cancel: () => {} };
  }
}
