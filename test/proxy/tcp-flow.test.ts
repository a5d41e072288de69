import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import type { Endpoint } from '../../src/model/endpoint.ts';
import type { Dial, DialHandlers, Transport } from '../../src/model/transport.ts';
import { channels } from '../../src/observability/channels.ts';
import { createDirectTransport } from '../../src/transport/direct.ts';
import { SteppedClock } from '../fixtures/kubernetes-clock.ts';
import {
  createRig,
  deadEndpoint,
  ending,
  endpointAt,
  firstPicker,
  next,
  nextEnd,
  open,
  pattern,
  receive,
  routeTo,
  SETTINGS,
  tcpBackend,
  tcpClient,
} from '../fixtures/tcp-rig.ts';

for (const reads of ['auto', 'plain'] as const) {
  t.test(`relay, reads ${reads}`, async (t) => {
    t.test('carries large transfers both ways at once to slow readers, byte for byte', async (t) => {
      const up = pattern(12_000_000, 1);
      const down = pattern(12_000_000, 2);
      const arrived = Promise.withResolvers<Buffer>();
      const backend = await tcpBackend(t, (socket) => {
        socket.end(down);
        arrived.resolve(readSlowly(socket));
      });
      const set = createRig(t, { reads });
      const port = await open(set, routeTo({ endpoints: [backend] }));
      t.equal(set.reads, reads === 'auto' ? 'fast' : 'plain');
      const ended = nextEnd(t);
      const client = tcpClient(t, port);
      client.end(up);
      const [got, sent] = await Promise.all([readSlowly(client), arrived.promise]);
      t.ok(got.equals(down));
      t.ok(sent.equals(up));
      const flow = await ended;
      t.match(flow, { end: { cause: 'finished' }, bytesIn: up.length, bytesOut: down.length, endpoint: backend });
    });

    t.test('keeps many flows apart', async (t) => {
      const backend = await tcpBackend(t, (socket) => socket.pipe(socket));
      const port = await open(createRig(t, { reads }), routeTo({ endpoints: [backend] }));
      const echoes = await Promise.all(
        Array.from({ length: 40 }, async (_, i) => {
          const sent = pattern(100_000 + i, i);
          const client = tcpClient(t, port);
          client.end(sent);
          return (i % 2 ? await receive(client) : await readSlowly(client)).equals(sent);
        }),
      );
      t.notOk(echoes.includes(false));
    });

    t.test('a client that has finished sending still gets the whole answer', async (t) => {
      const backend = await tcpBackend(t, async (socket) => {
        const request = await receive(socket);
        socket.end(Buffer.concat([Buffer.from('answer to '), request]));
      });
      const client = tcpClient(t, await open(createRig(t, { reads }), routeTo({ endpoints: [backend] })));
      client.end('question');
      t.equal((await receive(client)).toString(), 'answer to question');
    });

    t.test('a backend that has finished sending still gets the rest of the client', async (t) => {
      const request = Promise.withResolvers<Buffer>();
      const backend = await tcpBackend(t, (socket) => {
        socket.end('bye');
        request.resolve(receive(socket));
      });
      const client = tcpClient(t, await open(createRig(t, { reads }), routeTo({ endpoints: [backend] })));
      t.equal((await receive(client)).toString(), 'bye');
      client.end('but wait');
      t.equal((await request.promise).toString(), 'but wait');
    });

    t.test('a reset of the client resets the backend', async (t) => {
      const seen = Promise.withResolvers<string>();
      const backend = await tcpBackend(t, (socket) => {
        socket.write('hello');
        seen.resolve(ending(socket));
      });
      const picker = firstPicker();
      const set = createRig(t, { reads, picker });
      const ended = nextEnd(t);
      const client = tcpClient(t, await open(set, routeTo({ endpoints: [backend] })));
      client.once('data', () => client.resetAndDestroy());
      t.equal(await seen.promise, 'ECONNRESET');
      t.match((await ended).end, { cause: 'client-reset', errno: 'ECONNRESET' });
      t.equal(picker.open.get(backend.key), 0);
      t.equal(set.counts.tcpFlows, 0);
    });

    t.test('a reset of the backend resets the client', async (t) => {
      const backend = await tcpBackend(t, (socket) => socket.once('data', () => socket.resetAndDestroy()));
      const ended = nextEnd(t);
      const client = tcpClient(t, await open(createRig(t, { reads }), routeTo({ endpoints: [backend] })));
      client.write('hello');
      t.equal(await ending(client), 'ECONNRESET');
      t.match((await ended).end, { cause: 'endpoint-reset', errno: 'ECONNRESET' });
    });

    t.test('a reset after the FIN of the client still reaches it', async (t) => {
      const backend = await tcpBackend(t, (socket) => {
        socket.resume();
        socket.once('end', () => socket.resetAndDestroy());
      });
      const client = tcpClient(t, await open(createRig(t, { reads }), routeTo({ endpoints: [backend] })));
      client.end('hello');
      t.equal(await ending(client), 'ECONNRESET');
    });

    t.test('what an eager client sent while a dial was slow is not lost', async (t) => {
      const received = Promise.withResolvers<Buffer>();
      const backend = await tcpBackend(t, (socket) => {
        received.resolve(receive(socket));
        socket.end();
      });
      const clock = new SteppedClock();
      const gated = new HeldTransport();
      const set = createRig(t, { reads, clock, transport: gated });
      const client = tcpClient(t, await open(set, routeTo({ endpoints: [backend] })));
      const sent = pattern(3_000_000, 3);
      client.end(sent);
      const dial = await gated.dialled();
      clock.advance(100);
      await turn();
      dial.pass();
      t.ok((await received.promise).equals(sent));
    });
  });
}

t.test('dialling', async (t) => {
  t.test('a refused dial tries the next endpoint, and the client notices nothing', async (t) => {
    const [dead, alive] = [await deadEndpoint(), await tcpBackend(t, (socket) => socket.end('alive'))];
    const picker = firstPicker();
    const failed = next(t, channels.dialFailed);
    const ended = nextEnd(t);
    const client = tcpClient(t, await open(createRig(t, { picker }), routeTo({ endpoints: [dead, alive] })));
    client.end();
    t.equal((await receive(client)).toString(), 'alive');
    t.match(await failed, { endpoint: dead.key, errno: 'ECONNREFUSED', flow: { protocol: 'TCP' } });
    const flow = await ended;
    t.match(flow, { endpoint: alive, end: { cause: 'finished' }, failedTries: [{ endpoint: dead.key }] });
    t.strictSame([...picker.open.values()], [0, 0]);
  });

  t.test('the client is reset when no endpoint accepts', async (t) => {
    const dead = await deadEndpoint();
    const ended = nextEnd(t);
    const client = tcpClient(t, await open(createRig(t), routeTo({ endpoints: [dead] })));
    t.equal(await ending(client), 'ECONNRESET');
    t.match((await ended).end, { cause: 'dial-failed', errno: 'ECONNREFUSED' });
  });

  t.test('a try that takes too long is given up for the next endpoint', async (t) => {
    const alive = await tcpBackend(t, (socket) => socket.end('alive'));
    const transport = new SilentTransport('10.0.0.1');
    const clock = new SteppedClock();
    const ended = nextEnd(t);
    const set = createRig(t, { transport, clock });
    const client = tcpClient(t, await open(set, routeTo({ endpoints: [endpointAt(80, '10.0.0.1'), alive] })));
    await transport.dialled;
    clock.advance(SETTINGS.connect.perTryTimeoutMs);
    client.end();
    t.equal((await receive(client)).toString(), 'alive');
    t.equal(transport.cancelled, 1);
    t.match((await ended).failedTries, [{ endpoint: '10.0.0.1:80', errno: 'ETIMEDOUT', elapsedMs: 500 }]);
  });

  t.test('a try keeps the time that is left while there is nobody else to try', async (t) => {
    const transport = new SilentTransport('10.0.0.1');
    const clock = new SteppedClock();
    const ended = nextEnd(t);
    const set = createRig(t, { transport, clock });
    const client = tcpClient(t, await open(set, routeTo({ endpoints: [endpointAt(80, '10.0.0.1')] })));
    await transport.dialled;
    clock.advance(SETTINGS.connect.timeoutMs - 1);
    t.equal(transport.cancelled, 0, 'a lost SYN may still be sent again');
    clock.advance(1);
    t.equal(await ending(client), 'ECONNRESET');
    t.match(await ended, { failedTries: [{ elapsedMs: SETTINGS.connect.timeoutMs }], end: { cause: 'dial-failed' } });
  });

  t.test('all tries together are bounded in number', async (t) => {
    const transport = new SilentTransport('10.0.0.');
    const clock = new SteppedClock();
    const ended = nextEnd(t);
    const endpoints = [1, 2, 3, 4].map((last) => endpointAt(80, `10.0.0.${last}`));
    const client = tcpClient(t, await open(createRig(t, { transport, clock }), routeTo({ endpoints })));
    await transport.dialled;
    clock.advance(SETTINGS.connect.timeoutMs);
    t.equal(await ending(client), 'ECONNRESET');
    t.match(await ended, { failedTries: { length: 3 }, end: { cause: 'dial-failed', errno: 'ETIMEDOUT' } });
  });

  t.test('all tries together are bounded in time', async (t) => {
    const transport = new SilentTransport('10.0.0.');
    const clock = new SteppedClock();
    const settings = { ...SETTINGS, connect: { timeoutMs: 600, tries: 3, perTryTimeoutMs: 500 } };
    const ended = nextEnd(t);
    const endpoints = [1, 2, 3].map((last) => endpointAt(80, `10.0.0.${last}`));
    const client = tcpClient(t, await open(createRig(t, { transport, clock, settings }), routeTo({ endpoints })));
    await transport.dialled;
    clock.advance(600);
    t.equal(await ending(client), 'ECONNRESET');
    t.equal((await ended).failedTries.length, 2);
  });

  t.test('a client that goes away cancels a slow dial', async (t) => {
    const transport = new SilentTransport('10.0.0.1');
    const clock = new SteppedClock();
    const ended = nextEnd(t);
    const set = createRig(t, { transport, clock });
    const client = tcpClient(t, await open(set, routeTo({ endpoints: [endpointAt(80, '10.0.0.1')] })));
    await transport.dialled;
    clock.advance(100);
    client.resetAndDestroy();
    t.match((await ended).end, { cause: 'client-reset', errno: 'ECONNRESET' });
    t.equal(transport.cancelled, 1);
  });
});

t.test('turning away', async (t) => {
  const never: Transport = {
    name: 'direct',
    dialTcp() {
      throw new Error('dialled');
    },
  };

  t.test('a client that no endpoint is for is reset, and nothing is dialled', async (t) => {
    const route = { ...routeTo({ endpoints: [endpointAt(9)], eligible: [] }), listens: true };
    const ended = nextEnd(t);
    const client = tcpClient(t, await open(createRig(t, { transport: never }), route));
    t.equal(await ending(client), 'ECONNRESET');
    t.match((await ended).end, { cause: 'no-endpoint' });
  });

  t.test('a client outside the source ranges is reset, and nothing is dialled', async (t) => {
    const none = { family: 'IPv4' as const, text: '10.0.0.0/8', bytes: Uint8Array.of(10, 0, 0, 0), prefix: 8 };
    const frontend = { kind: 'loadBalancerIP' as const };
    const route = routeTo({ endpoints: [endpointAt(9)], sourceRanges: [none], frontend });
    const ended = nextEnd(t);
    const client = tcpClient(t, await open(createRig(t, { transport: never }), route));
    t.equal(await ending(client), 'ECONNRESET');
    t.match((await ended).end, { cause: 'source-denied' });
  });

  t.test('above the limit of connections new clients are shed, and the others go on', async (t) => {
    const backend = await tcpBackend(t, (socket) => socket.pipe(socket));
    const settings = { ...SETTINGS, limits: { ...SETTINGS.limits, maxConnections: 1 } };
    const set = createRig(t, { settings });
    const port = await open(set, routeTo({ endpoints: [backend] }));
    const first = tcpClient(t, port);
    await next(t, channels.flowOpened);
    const ended = nextEnd(t);
    t.equal(await ending(tcpClient(t, port)), 'ECONNRESET');
    t.match((await ended).end, { cause: 'shed', reason: 'max-connections' });
    first.end('still here');
    t.equal((await receive(first)).toString(), 'still here');
  });

  t.test('short of descriptors new clients are shed until there are some again', async (t) => {
    const backend = await tcpBackend(t, (socket) => socket.pipe(socket));
    const clock = new SteppedClock();
    const set = createRig(t, { clock, descriptorLimit: 64 + 10 });
    const port = await open(set, routeTo({ endpoints: [backend] }));
    const clients: Socket[] = [];
    const paused = next(t, channels.acceptPaused);
    const ended = nextEnd(t);
    for (let i = 0; i < 5; i++) {
      const opened = next(t, channels.flowOpened);
      clients.push(tcpClient(t, port));
      await opened;
    }
    t.match(await paused, { paused: true, errno: 'EMFILE' });
    t.match((await ended).end, { cause: 'shed', errno: 'EMFILE', reason: 'descriptors' });
    const resumed = next(t, channels.acceptPaused);
    const gone = next(t, channels.flowEnded, () => set.counts.tcpFlows === 0);
    for (const client of clients) client.resetAndDestroy();
    await gone;
    clock.advance(250);
    t.match(await resumed, { paused: false });
    const client = tcpClient(t, port);
    client.end('back');
    t.equal((await receive(client)).toString(), 'back');
  });
});

t.test('a flow on which nothing is sent ends with the idle time-out, both sides reset', async (t) => {
  const seen = Promise.withResolvers<string>();
  const backend = await tcpBackend(t, (socket) => {
    socket.write('hello');
    seen.resolve(ending(socket));
  });
  const clock = new SteppedClock();
  const settings = { ...SETTINGS, limits: { ...SETTINGS.limits, idleTimeoutMs: 10_000 } };
  const client = tcpClient(t, await open(createRig(t, { clock, settings }), routeTo({ endpoints: [backend] })));
  await new Promise((resolve) => client.once('data', resolve));
  const ended = nextEnd(t);
  const clientSaw = ending(client);
  clock.advance(12_500);
  t.match((await ended).end, { cause: 'idle' });
  t.equal(await seen.promise, 'ECONNRESET');
  t.equal(await clientSaw, 'ECONNRESET');
});

/** Reads in small steps with turns of the loop between, so that buffers fill up everywhere. */
async function readSlowly(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) {
    chunks.push(chunk);
    await turn();
    await turn();
  }
  return Buffer.concat(chunks);
}

/** Never answers for endpoints with this prefix, and dials the others. */
class SilentTransport implements Transport {
  readonly name = 'direct';
  readonly #prefix: string;
  readonly #first = Promise.withResolvers<void>();
  cancelled = 0;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  get dialled(): Promise<void> {
    return this.#first.promise;
  }

  dialTcp(endpoint: Endpoint, handlers: DialHandlers): Dial {
    this.#first.resolve();
    if (!endpoint.address.startsWith(this.#prefix)) return createDirectTransport().dialTcp(endpoint, handlers);
    return { cancel: () => void this.cancelled++ };
  }
}

/** Dials only when it is told to. */
class HeldTransport implements Transport {
  readonly name = 'direct';
  readonly #held = Promise.withResolvers<{ pass(): void }>();

  dialled(): Promise<{ pass(): void }> {
    return this.#held.promise;
  }

  dialTcp(endpoint: Endpoint, handlers: DialHandlers): Dial {
    this.#held.resolve({ pass: () => void createDirectTransport().dialTcp(endpoint, handlers) });
    return { cancel: () => {} };
  }
}
