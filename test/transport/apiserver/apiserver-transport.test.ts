import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import t from 'tap';
import type { Endpoint } from '../../../src/model/endpoint.ts';
import {
  type ApiserverTransport,
  type ApiserverTransportOptions,
  createApiserverTransport,
} from '../../../src/transport/apiserver/apiserver-transport.ts';
import { TUNNEL_TIMINGS } from '../../../src/transport/apiserver/tunnel.ts';
import {
  type FakeKubelet,
  type FakeKubeletOptions,
  type PortServer,
  startFakeKubelet,
} from '../../fixtures/fake-kubelet.ts';
import type { TestHost } from '../../fixtures/kubernetes-rig.ts';
import { endpointAt, receive } from '../../fixtures/tcp-rig.ts';

const ECHO = 7;
const GREETER = 8;
const RESETS = 9;
const SOURCE = 10;
const SILENT = 11;
const REFUSED = 99;
const SOURCE_BYTES = 9_000_000;

const ports: Readonly<Record<number, PortServer>> = {
  [ECHO]: (toPod, fromPod) => void toPod.pipe(fromPod),
  [GREETER]: (toPod, fromPod) => {
    toPod.resume();
    fromPod.end('hello');
  },
  [RESETS]: (toPod, fromPod) => toPod.once('data', () => fromPod.destroy(new Error('read: connection reset by peer'))),
  [SOURCE]: (toPod, fromPod) => {
    toPod.resume();
    const block = Buffer.alloc(90_000, 'x');
    for (let sent = 0; sent < SOURCE_BYTES; sent += block.length) fromPod.write(block);
  },
  [SILENT]: (toPod) => void toPod.resume(),
};

interface Rig {
  readonly kubelet: FakeKubelet;
  readonly transport: ApiserverTransport;
}

async function start(
  t: TestHost,
  server: FakeKubeletOptions = {},
  options: Partial<ApiserverTransportOptions> = {},
): Promise<Rig> {
  const kubelet = await startFakeKubelet(t, { ports, ...server });
  const transport = createApiserverTransport({ access: kubelet.access, maxTunnels: 1, random: () => 0, ...options });
  t.teardown(() => transport.close());
  return { kubelet, transport };
}

function podPort(port: number): Endpoint {
  return endpointAt(port, '10.0.0.1', { namespace: 'shop', podName: 'web-0' });
}

function dial({ transport }: Rig, port: number): Promise<Duplex> {
  return new Promise((connected, failed) => {
    transport.dialTcp(podPort(port), { connected, failed });
  });
}

async function ask(stream: Duplex, text: string): Promise<string> {
  const answered = once(stream, 'data');
  stream.resume().write(text);
  const [answer] = await answered;
  stream.pause();
  return String(answer);
}

for (const speaks of ['tunnel', 'channel'] as const) {
  await t.test(`in the ${speaks} protocol`, async (t) => {
    await t.test('a dial gives a paused stream, and bytes go both ways', async (t) => {
      const rig = await start(t, { speaks });
      const stream = await dial(rig, ECHO);
      t.notOk(stream.readableFlowing);
      t.equal(await ask(stream, 'first'), 'first');
      t.equal(await ask(stream, 'second'), 'second');
      t.match(rig.kubelet.requests[0], '/api/v1/namespaces/shop/pods/web-0/portforward?ports=7');
    });

    await t.test('a pod that speaks first and ends is read to its end', async (t) => {
      const stream = await dial(await start(t, { speaks }), GREETER);
      t.equal((await receive(stream)).toString(), 'hello');
    });

    await t.test('a refused port is a failed dial with the errno of a refusal', async (t) => {
      const rig = await start(t, { speaks });
      await t.rejects(dial(rig, REFUSED), { code: 'ECONNREFUSED' });
    });

    await t.test('a reset of the pod is an error, and no good end', async (t) => {
      const stream = await dial(await start(t, { speaks }), RESETS);
      stream.resume().write('x');
      const [error] = await once(stream, 'error');
      t.match(error, { code: 'ECONNRESET' });
    });

    await t.test('many connections at once each get their own answers', async (t) => {
      const rig = await start(t, { speaks });
      const streams = await Promise.all(Array.from({ length: 40 }, () => dial(rig, ECHO)));
      const answers = await Promise.all(streams.map((stream, i) => ask(stream, `mine ${i}`)));
      t.same(
        answers,
        streams.map((_, i) => `mine ${i}`),
      );
      t.equal(rig.kubelet.sockets.size, speaks === 'tunnel' ? 1 : 40);
    });

    await t.test(
      'a connection that breaks on the way ends once, with an error, and the next dial goes on',
      async (t) => {
        const rig = await start(t, { speaks });
        const stream = await dial(rig, ECHO);
        const broken = once(stream, 'error');
        stream.resume();
        for (const webSocket of rig.kubelet.sockets) webSocket.terminate();
        t.match((await broken)[0], { code: 'ECONNRESET' });
        t.equal(await ask(await dial(rig, ECHO), 'again'), 'again');
      },
    );

    await t.test('a reader who stops holds bytes up to a bound', async (t) => {
      const rig = await start(t, { speaks });
      const stream = await dial(rig, SOURCE);
      stream.once('readable', () => {});
      await new Promise((resolve) => setTimeout(resolve, 100));
      t.ok(stream.readableLength < 2_000_000, `${stream.readableLength} bytes are held`);
      let length = 0;
      for await (const chunk of stream) {
        length += chunk.length;
        if (length === SOURCE_BYTES) break;
      }
      t.equal(length, SOURCE_BYTES, 'and none is lost');
    });

    await t.test('nothing is told after a cancel', async (t) => {
      const { transport } = await start(t, { speaks });
      for (const port of [ECHO, REFUSED]) {
        const handlers = { connected: () => t.fail('connected'), failed: () => t.fail('failed') };
        const cancelled = transport.dialTcp(podPort(port), handlers);
        cancelled.cancel();
        cancelled.cancel();
      }
      t.equal(await ask(await dial({ transport } as Rig, ECHO), 'x'), 'x');
    });

    await t.test(
      'what refuses the tunnel has an errno, and a 401 is tried once more with new credentials',
      async (t) => {
        const rig = await start(t, { speaks });
        rig.kubelet.refusals.push(404);
        await t.rejects(dial(rig, ECHO), { code: 'EHOSTUNREACH', message: /404.*because of 404/ });
        rig.kubelet.refusals.push(403);
        await t.rejects(dial(rig, ECHO), { code: 'EACCES', isApi: true });
        rig.kubelet.refusals.push(401);
        t.equal(await ask(await dial(rig, ECHO), 'x'), 'x');
        t.equal(rig.kubelet.invalidations, 1);
      },
    );

    await t.test('the end of the transport ends its connections', async (t) => {
      const rig = await start(t, { speaks });
      const stream = await dial(rig, ECHO);
      const broken = once(stream.resume(), 'error');
      rig.transport.close();
      t.match((await broken)[0], { code: 'ECONNRESET' });
    });
  });
}

await t.test('a tunnel that goes away is used no more, and its connections go on', async (t) => {
  const rig = await start(t);
  const old = await dial(rig, ECHO);
  rig.kubelet.goAway();
  t.equal(await ask(old, 'still'), 'still');
  t.equal(await ask(await dial(rig, ECHO), 'new'), 'new');
  t.equal(rig.kubelet.sockets.size, 2);
});

await t.test('the window that a server grants is kept to, and ours is renewed as bytes are taken', async (t) => {
  const rig = await start(t, { window: 1000 });
  const stream = await dial(rig, ECHO);
  const sent = Buffer.alloc(3_000_000, 'abc');
  stream.write(sent);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    length += chunk.length;
    if (length === sent.length) break;
  }
  t.ok(Buffer.concat(chunks).equals(sent));
  t.same(rig.kubelet.faults, []);
  t.ok(rig.kubelet.seen.includes('window update'));
});

await t.test('a reader who stops on a tunnel that others share is cut off, and the others go on', async (t) => {
  const rig = await start(t, {}, { timings: { ...TUNNEL_TIMINGS, stallMs: 50 } });
  const stalled = await dial(rig, SOURCE);
  const other = await dial(rig, ECHO);
  const broken = once(stalled, 'error');
  stalled.once('readable', () => {});
  await once(stalled, 'readable');
  const answer = ask(other, 'me too');
  // What was held is still given to a reader who comes back; the error follows.
  await new Promise((resolve) => setTimeout(resolve, 200));
  stalled.resume();
  t.match((await broken)[0], { code: 'ECONNRESET' });
  t.equal(await answer, 'me too');
});

await t.test('more tunnels are opened where somebody stays on one, and closed when they are idle', async (t) => {
  const rig = await start(t, {}, { maxTunnels: 3, timings: { ...TUNNEL_TIMINGS, idleMs: 30, lastingMs: 0 } });
  const streams = [await dial(rig, SILENT), await dial(rig, SILENT)];
  // One that nobody uses may be closed again before anybody looks.
  while (rig.kubelet.requests.length < 2) await new Promise((resolve) => setImmediate(resolve));
  for (const stream of streams) stream.destroy();
  while (rig.kubelet.sockets.size > 0) await new Promise((resolve) => setImmediate(resolve));
  t.equal(rig.kubelet.requests.length, 2);
});

await t.test('a server that does not answer any more is noticed', async (t) => {
  const timings = { ...TUNNEL_TIMINGS, quietMs: 20, answerMs: 40 };
  const rig = await start(t, {}, { timings });
  const stream = await dial(rig, SILENT);
  const broken = once(stream.resume(), 'error');
  for (const webSocket of rig.kubelet.sockets) webSocket.pause();
  t.match((await broken)[0], { code: 'ECONNRESET', message: /does not answer/ });
});

await t.test('a dial that a dead tunnel does not answer is made by another one', async (t) => {
  const rig = await start(t, {}, { timings: { ...TUNNEL_TIMINGS, unansweredMs: 20 } });
  await ask(await dial(rig, ECHO), 'one');
  for (const webSocket of rig.kubelet.sockets) webSocket.pause();
  t.equal(await ask(await dial(rig, ECHO), 'two'), 'two');
  t.equal(rig.kubelet.requests.length, 2);
});

await t.test('an API server that cannot be reached fails dials at once, with its own errno', async (t) => {
  const kubelet = await startFakeKubelet(t, { ports });
  let attempts = 0;
  const connect = async (): Promise<never> => {
    attempts += 1;
    throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  };
  const access = { ...kubelet.access, connect };
  const transport = createApiserverTransport({ access, random: () => 0.999 });
  for (let i = 0; i < 3; i++) {
    await t.rejects(dial({ kubelet, transport }, ECHO), { code: 'ENETUNREACH', isApi: true, message: /ECONNREFUSED/ });
  }
  t.equal(attempts, 1, 'it is left alone for a while');
});

await t.test('an endpoint that names no pod cannot be dialled', async (t) => {
  const { transport } = await start(t);
  const dialled = new Promise((connected, failed) => {
    transport.dialTcp(endpointAt(80), { connected, failed });
  });
  await t.rejects(dialled, { code: 'EHOSTUNREACH', message: /names no pod/ });
});
