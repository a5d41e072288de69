import { createServer } from 'node:net';
import t from 'tap';
import { channels } from '../../src/observability/channels.ts';
import { SteppedClock } from '../fixtures/kubernetes-clock.ts';
import {
  apply,
  createRig,
  deadEndpoint,
  ending,
  listen,
  next,
  nextEnd,
  OwnAddressCapture,
  open,
  portOf,
  receive,
  routeTo,
  tcpBackend,
  tcpClient,
} from '../fixtures/tcp-rig.ts';
import { udpBackend } from '../fixtures/udp-rig.ts';

t.test('a frontend with no eligible endpoint has no socket, and one that gets an endpoint is opened', async (t) => {
  const backend = await tcpBackend(t, (socket) => socket.end('here'));
  const { port } = await deadEndpoint();
  const set = createRig(t);
  const empty = routeTo({ endpoints: [], frontend: { port } });
  await apply(set, { added: [empty] });
  t.match([...set.statuses()], [{ state: 'idle', boundAddress: '', boundPort: 0, connections: 0 }]);
  t.equal(await ending(tcpClient(t, port)), 'ECONNREFUSED');
  const bound = next(t, channels.listenerBound);
  const full = routeTo({ endpoints: [backend], frontend: { port } });
  await apply(set, { changed: [{ before: empty, after: full }] });
  t.match(await bound, { frontend: full.frontend, boundAddress: '127.0.0.1', boundPort: port });
  t.equal((await receive(tcpClient(t, port))).toString(), 'here');
  const closed = next(t, channels.listenerClosed);
  await apply(set, { changed: [{ before: full, after: empty }] });
  t.match(await closed, { boundPort: port });
  t.equal(await ending(tcpClient(t, port)), 'ECONNREFUSED');
  t.match(set.counts, { frontends: 1, listening: 0, idle: 1, failed: 0 });
});

t.test('a retarget keeps the socket: new flows go to the new endpoint, and live ones are not moved', async (t) => {
  const old = await tcpBackend(t, (socket) => socket.on('data', () => socket.write('old')));
  const fresh = await tcpBackend(t, (socket) => socket.on('data', () => socket.write('new')));
  const set = createRig(t);
  const before = routeTo({ endpoints: [old] });
  const port = await open(set, before);
  const live = tcpClient(t, port);
  t.equal(await say(live), 'old');
  const bound = next(t, channels.listenerBound);
  await apply(set, { changed: [{ before, after: routeTo({ endpoints: [fresh] }) }] });
  t.equal(portOf(set, before), port);
  t.equal(await say(tcpClient(t, port)), 'new');
  t.equal(await say(live), 'old');
  t.equal(set.generation, 2);
  const second = routeTo({ endpoints: [old], name: 'second' });
  await apply(set, { added: [second] });
  t.equal((await bound).frontend, second.frontend, 'nothing was bound in between');
});

t.test('a live TCP flow outlives its endpoint and its frontend', async (t) => {
  const backend = await tcpBackend(t, (socket) => socket.on('data', () => socket.write('still')));
  const set = createRig(t);
  const route = routeTo({ endpoints: [backend] });
  const port = await open(set, route);
  const client = tcpClient(t, port);
  t.equal(await say(client), 'still');
  const empty = routeTo({ endpoints: [] });
  await apply(set, { changed: [{ before: route, after: empty }] });
  t.equal(await say(client), 'still');
  await apply(set, { removed: [empty] });
  t.equal(await say(client), 'still');
  t.equal(await ending(tcpClient(t, port)), 'ECONNREFUSED');
  t.match(set.counts, { frontends: 0, tcpFlows: 1 });
});

t.test('routing follows a diff at once, also while sockets of another are still being opened', async (t) => {
  const backend = await tcpBackend(t, (socket) => socket.end('here'));
  const set = createRig(t);
  const route = routeTo({ endpoints: [backend] });
  const empty = routeTo({ endpoints: [] });
  const all = [
    apply(set, { added: [route] }),
    apply(set, { changed: [{ before: route, after: empty }] }),
    apply(set, { changed: [{ before: empty, after: route }] }),
    apply(set, { removed: [route] }),
    apply(set, { added: [route] }),
  ];
  await Promise.all(all);
  t.match(set.counts, { frontends: 1, listening: 1, failed: 0 });
  t.equal((await receive(tcpClient(t, portOf(set, route)))).toString(), 'here');
});

t.test('a listener that cannot bind', async (t) => {
  const backend = await tcpBackend(t, (socket) => socket.end('here'));
  for (const protocol of ['TCP', 'UDP'] as const) {
    t.test(`stops nothing else, is reported, and is retried until it can (${protocol})`, async (t) => {
      const [squatter, port] = await (protocol === 'TCP' ? takeTcp() : takeUdp(t));
      const clock = new SteppedClock();
      const set = createRig(t, { clock });
      const taken = routeTo({ endpoints: [backend], name: 'taken', frontend: { port, protocol } });
      const fine = routeTo({ endpoints: [backend], name: 'fine' });
      const failed = next(t, channels.listenerFailed);
      await apply(set, { added: [taken, fine] });
      t.match(await failed, {
        frontend: taken.frontend,
        boundAddress: '127.0.0.1',
        boundPort: port,
        retryInMs: 1000,
        error: { code: 'SVL_LISTEN', facts: { address: '127.0.0.1', port, errno: 'EADDRINUSE' }, hint: String },
      });
      t.match([...set.statuses()], [{ state: 'failed', error: { code: 'SVL_LISTEN' } }, { state: 'listening' }]);
      t.equal(set.failedCount, 1);
      t.equal((await receive(tcpClient(t, portOf(set, fine)))).toString(), 'here');
      const again = next(t, channels.listenerFailed);
      clock.advance(1000);
      t.match(await again, { retryInMs: 2000 });
      await squatter();
      const bound = next(t, channels.listenerBound);
      clock.advance(2000);
      t.match(await bound, { boundPort: port });
      t.match(set.counts, { listening: 2, failed: 0 });
      t.match([...set.statuses()], [{ state: 'listening', error: undefined }, {}]);
    });
  }

  t.test('is left alone once it is not wanted any more', async (t) => {
    const [squatter, port] = await takeTcp();
    t.teardown(squatter);
    const clock = new SteppedClock();
    const set = createRig(t, { clock });
    const route = routeTo({ endpoints: [backend], frontend: { port } });
    await apply(set, { added: [route] });
    await apply(set, { removed: [route] });
    t.match(set.counts, { frontends: 0, failed: 0 });
    clock.advance(60_000);
    t.same([...set.statuses()], []);
  });

  t.test('says which address is not of this machine', async (t) => {
    const set = createRig(t);
    const failed = next(t, channels.listenerFailed);
    await apply(set, { added: [routeTo({ endpoints: [backend], frontend: { address: '192.0.2.1', port: 80 } })] });
    t.match(await failed, { boundAddress: '192.0.2.1', error: { facts: { errno: 'EADDRNOTAVAIL' } } });
  });
});

t.test('capture', async (t) => {
  const backend = await tcpBackend(t, (socket) => socket.end('here'));
  const captured = (name: string, port = 0) =>
    routeTo({ endpoints: [backend], name, frontend: { kind: 'clusterIP', port } });

  t.test('is prepared before sockets are opened, and committed before they are closed', async (t) => {
    const capture = new OwnAddressCapture();
    const set = createRig(t, { capture });
    channels.listenerBound.subscribe(note);
    channels.listenerClosed.subscribe(note);
    t.teardown(() => {
      channels.listenerBound.unsubscribe(note);
      channels.listenerClosed.unsubscribe(note);
    });
    function note({ frontend }: { readonly frontend: { readonly key: string } }): void {
      capture.calls.push(frontend.key);
    }
    const [a, b] = [captured('a'), captured('b')];
    const lane = routeTo({ endpoints: [backend], name: 'lane' });
    await apply(set, { added: [a, lane] });
    await apply(set, { added: [b], removed: [a, lane] });
    const first = ['prepare +1', 'a/TCP', 'lane/TCP', 'commit +1 -0'];
    t.strictSame(capture.calls, [...first, 'prepare +1', 'b/TCP', 'commit +1 -1', 'a/TCP', 'lane/TCP']);
  });

  t.test('keeps a frontend that has no endpoint, so that the kernel refuses', async (t) => {
    const capture = new OwnAddressCapture();
    const set = createRig(t, { capture });
    const route = captured('a');
    const empty = routeTo({ endpoints: [], name: 'a', frontend: { kind: 'clusterIP' } });
    await apply(set, { added: [empty] });
    await apply(set, { changed: [{ before: empty, after: route }] });
    await apply(set, { changed: [{ before: route, after: empty }] });
    t.strictSame(capture.calls, ['prepare +1', 'commit +1 -0']);
  });

  t.test('gives another binding where the first is taken', async (t) => {
    const [squatter, port] = await takeTcp();
    t.teardown(squatter);
    const capture = new OwnAddressCapture();
    capture.others.push({ address: '127.0.0.1', port }, { address: '127.0.0.2', port: 0 });
    const set = createRig(t, { capture });
    await apply(set, { added: [captured('a', port)] });
    t.strictSame(capture.calls, ['prepare +1', 'rebind', 'rebind', 'commit +1 -0']);
    t.match([...set.statuses()], [{ state: 'listening', boundAddress: '127.0.0.2' }]);
  });

  for (const call of ['prepare', 'commit'] as const) {
    t.test(`that fails to ${call} is reported and retried, and the listeners that work stay`, async (t) => {
      const capture = new OwnAddressCapture();
      const clock = new SteppedClock();
      const set = createRig(t, { capture, clock });
      const works = captured('works');
      const port = await open(set, works);
      const error = new Error('nft: not permitted');
      capture.failNext = { call, error };
      const told = next(t, channels.capture);
      await apply(set, { added: [captured('late')] });
      t.match(await told, { message: /not permitted/, error });
      t.match([...set.statuses()], [{ state: 'listening' }, { state: 'failed', error }]);
      t.equal((await receive(tcpClient(t, port))).toString(), 'here');
      clock.advance(1000);
      await apply(set, { removed: [works] });
      t.match([...set.statuses()], [{ frontendKey: 'late/TCP', state: 'listening', error: undefined }]);
      t.equal(set.failedCount, 0);
    });
  }

  t.test('that fails to take a frontend out is asked again', async (t) => {
    const capture = new OwnAddressCapture();
    const clock = new SteppedClock();
    const set = createRig(t, { capture, clock });
    const route = captured('a');
    await open(set, route);
    capture.failNext = { call: 'commit', error: new Error('busy') };
    await apply(set, { removed: [route] });
    clock.advance(1000);
    await apply(set, { added: [captured('b')] });
    t.strictSame(capture.calls.slice(2), ['commit +0 -1', 'commit +0 -0', 'prepare +1', 'commit +1 -0']);
  });
});

t.test('SCTP frontends are passed over', async (t) => {
  const set = createRig(t);
  await apply(set, { added: [routeTo({ endpoints: [await deadEndpoint()], frontend: { protocol: 'SCTP' } })] });
  t.match(set.counts, { frontends: 0 });
});

t.test('a thousand frontends open in one batch, and close in one', async (t) => {
  const set = createRig(t, { descriptorLimit: 1e6 });
  const backend = await deadEndpoint();
  const routes = Array.from({ length: 1000 }, (_, i) =>
    routeTo({ endpoints: [backend], name: `s${i}`, frontend: { protocol: i % 2 ? 'UDP' : 'TCP' } }),
  );
  await apply(set, { added: routes });
  t.match(set.counts, { frontends: 1000, listening: 1000 });
  await apply(set, { removed: routes });
  t.match(set.counts, { frontends: 0, listening: 0 });
});

t.test('closing', async (t) => {
  t.test('accepts nobody, waits for the flows that live, and is done when they are', async (t) => {
    const backend = await tcpBackend(t, (socket) => socket.pipe(socket));
    const set = createRig(t);
    const port = await open(set, routeTo({ endpoints: [backend] }));
    const client = tcpClient(t, port);
    t.equal(await say(client), 'x');
    const ended = nextEnd(t);
    const closed = set.close({ graceMs: 30_000 });
    await nextRefusal(port);
    client.end('last words');
    t.equal((await receive(client)).toString(), 'last words');
    await closed;
    t.match((await ended).end, { cause: 'finished' });
  });

  t.test('ends what still lives when the grace period is over', async (t) => {
    const backend = await tcpBackend(t, (socket) => socket.pipe(socket));
    const clock = new SteppedClock();
    const set = createRig(t, { clock });
    const client = tcpClient(t, await open(set, routeTo({ endpoints: [backend] })));
    await say(client);
    const [ended, saw] = [nextEnd(t), ending(client)];
    const closed = set.close({ graceMs: 7000 });
    await clock.pass(7001);
    clock.advance(7000);
    await closed;
    t.match((await ended).end, { cause: 'drained' });
    t.equal(await saw, 'ECONNRESET');
  });

  t.test('is cut short by a second call without grace, and both are one', async (t) => {
    const [tcp, udp] = [await tcpBackend(t, (socket) => socket.pipe(socket)), await udpBackend(t, 'a')];
    const set = createRig(t);
    const udpRoute = routeTo({ endpoints: [udp.endpoint], name: 'dns', frontend: { protocol: 'UDP' } });
    await apply(set, { added: [udpRoute] });
    const client = tcpClient(t, await open(set, routeTo({ endpoints: [tcp] })));
    await say(client);
    const saw = ending(client);
    const first = set.close({ graceMs: 30_000 });
    t.equal(set.close({ graceMs: 0 }), first);
    await first;
    t.match(set.counts, { tcpFlows: 0, udpFlows: 0 });
    t.equal(await saw, 'ECONNRESET');
  });

  t.test('leaves no socket behind, and later tables do nothing', async (t) => {
    const backend = await tcpBackend(t, (socket) => socket.end('here'));
    const set = createRig(t);
    const route = routeTo({ endpoints: [backend] });
    const port = await open(set, route);
    await set[Symbol.asyncDispose]();
    await nextRefusal(port);
    await apply(set, { added: [routeTo({ endpoints: [backend], name: 'late' })] });
    t.equal(set.counts.frontends, 1);
  });

  async function nextRefusal(port: number): Promise<void> {
    t.equal(await ending(tcpClient(t, port)), 'ECONNREFUSED');
  }
});

async function say(client: ReturnType<typeof tcpClient>): Promise<string> {
  const answer = new Promise<Buffer>((resolve) => client.once('data', resolve));
  client.write('x');
  return (await answer).toString();
}

async function takeTcp(): Promise<[() => Promise<unknown>, number]> {
  const server = createServer();
  const port = await listen(server, '127.0.0.1');
  return [() => new Promise((resolve) => server.close(resolve)), port];
}

async function takeUdp(t: Parameters<typeof udpBackend>[0]): Promise<[() => Promise<unknown>, number]> {
  const { socket, endpoint } = await udpBackend(t, 'squatter');
  return [() => new Promise((resolve) => socket.close(() => resolve(undefined))), endpoint.port];
}
