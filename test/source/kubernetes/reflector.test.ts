import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { systemClock } from '../../../src/lib/clock.ts';
import type { ResourceStatus } from '../../../src/model/source.ts';
import { channels } from '../../../src/observability/channels.ts';
import { loadKubeAuth } from '../../../src/source/kubernetes/auth.ts';
import { createKubernetesSource } from '../../../src/source/kubernetes/kubernetes-source.ts';
import { type FakeRequest, kubeconfigText } from '../../fixtures/fake-api-http.ts';
import { fakeService, fakeSlice } from '../../fixtures/kubernetes-objects.ts';
import { type Rig, type RigOptions, startRig } from '../../fixtures/kubernetes-rig.ts';

const isService = ({ kind }: FakeRequest): boolean => kind === 'Service';
const isRelist = (request: FakeRequest): boolean => isService(request) && request.query.has('sendInitialEvents');

/** A rig that has listed one Service, `shop/web`, and the watch that follows it. */
async function startListed(t: Parameters<typeof startRig>[0], options: RigOptions = {}): Promise<Rig> {
  const rig = await startRig(t, { ...options, prepare: (server) => server.set(fakeService('shop', 'web')) });
  await rig.sink.until('listed Service');
  await rig.server.untilWatch('EndpointSlice');
  rig.sink.take();
  return rig;
}

function services({ source }: Rig): ResourceStatus | undefined {
  return source.status().resources[0];
}

/** What of the Services was told. */
function told({ sink }: Rig): string[] {
  return sink.calls.filter((call) => call.includes(' Service '));
}

/** Resolves when the status of the Services is as wanted; it is looked at when it is published. */
function untilServices(rig: Rig, wanted: (status: ResourceStatus) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      const status = services(rig);
      if (!status || !wanted(status)) return;
      channels.resource.unsubscribe(look);
      resolve();
    };
    channels.resource.subscribe(look);
    look();
  });
}

/** Lets delays pass until a promise is fulfilled. */
async function passUntil({ clock }: Rig, promise: Promise<void>): Promise<void> {
  let done = false;
  const noted = promise.then(() => {
    done = true;
  });
  for (let i = 0; i < 50 && !done; i++) await Promise.race([noted, clock.pass(1001)]);
  await noted;
}

t.test('a watch that ends in order is opened again from the last version, at once and without a list', async (t) => {
  const rig = await startListed(t);
  const { server, sink, clock } = rig;
  clock.advance(5000);
  const watch = await server.untilWatch('Service');
  watch.bookmark();
  server.set(fakeService('shop', 'api'));
  await sink.until('apply Service shop/api');
  const { resourceVersion } = services(rig) ?? {};
  watch.end();
  const next = await server.untilWatch('Service', 2);
  t.equal(next.request.query.get('resourceVersion'), resourceVersion);
  t.notOk(next.request.query.has('sendInitialEvents'));
  server.set(fakeService('shop', 'pay'));
  await sink.until('apply Service shop/pay');
  t.match(services(rig), { state: 'synced', relists: 0, restarts: 0, error: undefined });
});

t.test('a bookmark moves the version on', async (t) => {
  const rig = await startListed(t);
  const { server, clock, sink } = rig;
  const watch = await server.untilWatch('Service');
  server.set(fakeSlice('shop', 'web-1', 'web'));
  watch.bookmark();
  server.set(fakeService('shop', 'api'));
  await sink.until('apply Service shop/api');
  server.set(fakeSlice('shop', 'web-2', 'web'));
  watch.bookmark();
  clock.advance(2000);
  watch.end();
  t.equal((await server.untilWatch('Service', 2)).request.query.get('resourceVersion'), '1004');
});

t.test('a version that is gone leads to a list at once, of which only the differences are told', async (t) => {
  for (const goneAs of ['event', 'status'] as const) {
    await t.test(`as ${goneAs}`, async (t) => {
      const rig = await startListed(t);
      const { server, clock, sink } = rig;
      server.goneAs = goneAs;
      server.set(fakeService('shop', 'old'));
      await sink.until('apply Service shop/old');
      sink.take();
      const watch = await server.untilWatch('Service');
      watch.stall();
      server.remove('Service', 'shop', 'old');
      server.set(fakeService('shop', 'new'));
      server.compact();
      clock.advance(2000);
      watch.end();
      await sink.until('apply Service shop/new');
      t.same(told(rig), ['delete Service shop/old', 'apply Service shop/new']);
      t.notOk(sink.calls.includes('listed Service'), 'told once');
      t.match(services(rig), { state: 'synced', relists: 1, restarts: 1, objects: 2, error: undefined });
      t.equal(server.requests.filter(isRelist).length, 2);
    });
  }
});

t.test('a server that is gone again right after the list is asked with growing delays', async (t) => {
  const { server, clock } = await startListed(t);
  server.fail({ match: (request) => isService(request) && !isRelist(request), status: 410, times: 3 });
  for (let round = 1; round <= 3; round++) {
    clock.advance(2000);
    (await server.untilWatch('Service', round)).end();
    if (round > 1) t.equal(await clock.pass(1001), round === 2 ? 250 : 500);
  }
  await server.untilWatch('Service', 4);
  t.equal(server.requests.filter(isRelist).length, 4);
});

t.test('another ERROR event leads to a new watch after a delay, and a third one in a row to a list', async (t) => {
  const rig = await startListed(t);
  const { server, clock, sink } = rig;
  const versions: (string | null)[] = [];
  for (let round = 1; round <= 3; round++) {
    const watch = await server.untilWatch('Service', round);
    watch.error(500, 'etcdserver: mvcc: required revision has been compacted');
    await clock.pass(2001);
    versions.push((await server.untilWatch('Service', round + 1)).request.query.get('resourceVersion'));
  }
  t.same(versions, ['1001', '1001', null]);
  t.equal(server.requests.filter(isRelist).length, 2);
  server.set(fakeService('shop', 'api'));
  await sink.until('apply Service shop/api');
  t.match(services(rig), { state: 'synced', error: undefined, relists: 1, restarts: 3 });
});

t.test('Retry-After is obeyed, in seconds and as a date', async (t) => {
  const cases = [
    { name: 'seconds', header: '7', delayMs: 7350 },
    { name: 'a date', header: new Date(Date.UTC(2026, 0, 1, 0, 0, 9)).toUTCString(), delayMs: 9450 },
    { name: 'too long', header: '86400', delayMs: 315_000 },
    { name: 'nonsense', header: 'soon', delayMs: 250 },
  ];
  for (const { name, header, delayMs } of cases) {
    await t.test(name, async (t) => {
      const { server, clock, sink } = await startRig(t, {
        timings: { silenceMs: 1e9, initialSilenceMs: 1e9, initialTotalMs: 1e9 },
        prepare: (server) =>
          server.fail({ match: isService, status: 429, headers: { 'retry-after': header }, message: 'too many' }),
      });
      await server.untilRequest(isService);
      const waited = await clock.untilTimer(400_000);
      t.ok(Math.abs(waited - delayMs) < 1, `${waited} ms`);
      clock.advance(waited);
      await sink.until('listed Service');
    });
  }
});

t.test('an ERROR event with retryAfterSeconds is obeyed', async (t) => {
  const { server, clock } = await startListed(t);
  const object = { kind: 'Status', code: 429, message: 'busy', details: { retryAfterSeconds: 2 } };
  (await server.untilWatch('Service')).write(`${JSON.stringify({ type: 'ERROR', object })}\n`);
  t.equal(await clock.pass(3000), 2100);
  await server.untilWatch('Service', 2);
});

t.test('a line that is no event is skipped, shown, and mended by a list', async (t) => {
  for (const line of ['{"type":"ADDED","object":{"metadata":{"na', '42', '{"type":7}', '{"type":"NEWS","object":{}}']) {
    await t.test(line, async (t) => {
      const rig = await startListed(t);
      const { server, clock, sink } = rig;
      const watch = await server.untilWatch('Service');
      watch.stall();
      server.set(fakeService('shop', 'lost'));
      watch.write(`${line}\n`);
      await clock.untilTimer(501);
      t.match(services(rig)?.error, { code: 'SVL_API_RESPONSE', message: /no event/ });
      await clock.pass(501);
      await sink.until('apply Service shop/lost');
      t.same(told(rig), ['apply Service shop/lost']);
      t.match(services(rig), { state: 'synced', relists: 1, error: undefined });
    });
  }
});

t.test('a connection reset in the middle of a line loses nothing and needs no list', async (t) => {
  const rig = await startListed(t);
  const { server, clock, sink } = rig;
  const watch = await server.untilWatch('Service');
  watch.stall();
  server.set(fakeService('shop', 'api'));
  watch.write('{"type":"ADDED","object":{"kind":"Serv');
  watch.reset();
  t.equal(await clock.pass(501), 250);
  await sink.until('apply Service shop/api');
  t.same(told(rig), ['apply Service shop/api']);
  t.match(services(rig), { relists: 0, restarts: 1 });
});

t.test('a line of many chunks is one event', async (t) => {
  const { server, sink } = await startListed(t);
  const watch = await server.untilWatch('Service');
  const object = { ...fakeService('shop', 'größe'), status: { padding: 'ü'.repeat(200_000) } };
  const text = JSON.stringify({ type: 'ADDED', object });
  watch.write(text.slice(0, 100_000));
  watch.write(`${text.slice(100_000)}\n\n`);
  await sink.until('apply Service shop/größe');
});

t.test('a silent watch is replaced after a probe, from the last version', async (t) => {
  const rig = await startListed(t);
  const { server, clock, sink } = rig;
  (await server.untilWatch('Service')).stall();
  server.set(fakeService('shop', 'api'));
  clock.advance(150_000);
  await server.untilRequest(({ path }) => path === '/version');
  await sink.until('apply Service shop/api');
  t.match(services(rig), { state: 'synced', relists: 0, restarts: 1, error: undefined });
});

t.test('a silent watch of a server that does not answer makes the state stale until it is back', async (t) => {
  const rig = await startListed(t);
  const { server, clock, sink } = rig;
  (await server.untilWatch('Service')).stall();
  server.fail({ match: ({ path }) => path === '/version', status: 200, headers: { 'content-length': '9' }, body: '' });
  clock.advance(150_000);
  await server.untilRequest(({ path }) => path === '/version');
  server.set(fakeService('shop', 'api'));
  await server.stop();
  await untilServices(rig, ({ state }) => state === 'stale');
  t.equal(services(rig)?.error?.code, 'SVL_API_UNREACHABLE');
  await server.restart();
  await passUntil(rig, sink.until('apply Service shop/api'));
  t.equal(services(rig)?.state, 'synced');
});

t.test('a watch with bookmarks is not silent', async (t) => {
  const rig = await startListed(t);
  const { server, clock, sink } = rig;
  const watch = await server.untilWatch('Service');
  for (let minute = 1; minute <= 4; minute++) {
    clock.advance(60_000);
    server.set(fakeService('shop', `m${minute}`));
    await sink.until(`apply Service shop/m${minute}`);
  }
  t.ok(server.watches.includes(watch));
});

t.test('a watch that outlives its time is replaced without a probe', async (t) => {
  const { server, clock, sink } = await startListed(t, { timings: { silenceMs: 1e9 } });
  await server.untilWatch('Service');
  clock.advance(465_000);
  await server.untilWatch('Service', 2);
  server.set(fakeService('shop', 'api'));
  await sink.until('apply Service shop/api');
  t.notOk(server.requests.some(({ path }) => path === '/version'));
});

t.test('a watch that the server ends at once is not opened in a hot loop', async (t) => {
  const rig = await startListed(t);
  const { server, clock } = rig;
  (await server.untilWatch('Service')).end();
  (await server.untilWatch('Service', 2)).end();
  t.equal(await clock.untilTimer(501), 250);
  t.match(services(rig)?.error, { code: 'SVL_API_RESPONSE', message: /ended the watch at once/ });
});

t.test('a server without streaming lists is listed in pages, which is remembered for all kinds', async (t) => {
  const rig = await startRig(t, {
    prepare(server) {
      server.streamingLists = 'refused';
      for (let i = 0; i < 600; i++) server.set(fakeService('shop', `s${i}`));
    },
  });
  const { server, sink, clock } = rig;
  await sink.until('listed Service');
  t.equal(services(rig)?.objects, 600);
  const pages = server.requests.filter((request) => isService(request) && request.verb === 'list');
  t.same(
    pages.map(({ query }) => [query.get('limit'), query.has('continue')]),
    [
      ['250', false],
      ['250', true],
      ['250', true],
    ],
  );
  const watch = await server.untilWatch('Service');
  t.equal(watch.request.query.get('resourceVersion'), '1600');
  server.compact();
  server.remove('Service', 'shop', 's7');
  await sink.until('delete Service shop/s7');
  watch.error(410, 'gone');
  await server.untilWatch('Service', 2);
  t.equal(server.requests.filter(isRelist).length, 1, 'streaming is not tried again');
  clock.advance(1);
  t.match(services(rig), { state: 'synced', objects: 599, relists: 1 });
});

t.test('whatever a server answers to a streaming list that means it cannot, pages are asked for', async (t) => {
  const streamed = ({ query }: FakeRequest): boolean => query.has('sendInitialEvents');
  const error = { type: 'ERROR', object: { kind: 'Status', code: 500, message: 'not here' } };
  const cases = [
    { name: '400', status: 400 },
    { name: '500, as with an old etcd', status: 500 },
    { name: 'an ERROR event', status: 200, body: `${JSON.stringify(error)}\n` },
    { name: 'an end before the list is complete', status: 200, body: '' },
  ];
  for (const { name, ...answer } of cases) {
    await t.test(name, async (t) => {
      const { server, sink } = await startRig(t, {
        prepare(server) {
          server.set(fakeService('shop', 'web'));
          server.fail({ match: streamed, times: Number.POSITIVE_INFINITY, ...answer });
        },
      });
      await Promise.all([sink.until('listed Service'), sink.until('listed EndpointSlice')]);
      t.ok(sink.objects.has('Service shop/web'));
      t.ok(server.requests.filter(streamed).length <= 2, 'asked for once each');
    });
  }
});

t.test('a server that is not ready is asked for a streaming list again', async (t) => {
  const rig = await startRig(t, { prepare: (server) => server.fail({ match: isService, status: 503 }) });
  await passUntil(rig, rig.sink.until('listed Service'));
  t.equal(rig.server.requests.filter(isRelist).length, 2);
});

t.test('a page token that has expired begins the list anew', async (t) => {
  const { server, sink } = await startRig(t, {
    prepare(server) {
      server.streamingLists = 'refused';
      for (let i = 0; i < 300; i++) server.set(fakeService('shop', `s${i}`));
      server.fail({ match: ({ query }) => query.has('continue'), status: 410 });
    },
  });
  await sink.until('listed Service');
  const pages = server.requests.filter((request) => isService(request) && request.verb === 'list');
  t.same(
    pages.map(({ query }) => query.has('continue')),
    [false, true, false, true],
  );
  t.equal(sink.calls.filter((call) => call.startsWith('apply')).length, 300, 'nothing of the broken list was told');
});

t.test('a server that never ends a streaming list is listed in pages', async (t) => {
  const { server, sink, clock } = await startRig(t, {
    prepare(server) {
      server.streamingLists = 'ignored';
      server.set(fakeService('shop', 'web'));
    },
  });
  await Promise.all([server.untilWatch('Service'), server.untilWatch('EndpointSlice')]);
  t.same(sink.calls, [], 'half a list is not told');
  clock.advance(60_000);
  await Promise.all([sink.until('listed Service'), sink.until('listed EndpointSlice')]);
  t.ok(sink.objects.has('Service shop/web'));
});

t.test('an answer that is no list at all is shown, and tried again', async (t) => {
  const rig = await startRig(t, {
    prepare(server) {
      server.streamingLists = 'refused';
      server.fail({ match: (request) => isService(request) && request.verb === 'list', status: 200, body: '<html>' });
    },
  });
  await rig.clock.untilTimer(501);
  t.match(services(rig)?.error, { code: 'SVL_API_RESPONSE', message: /answered no list/ });
  await rig.clock.pass(501);
  await rig.sink.until('listed Service');
});

t.test('a rotated token is found after a 401, without a failure to show', async (t) => {
  const directory = t.testdir({ token: 'first\n' });
  const { writeFile } = await import('node:fs/promises');
  const tokenFile = `${directory}/token`;
  const rig = await startRig(
    { testdir: (files) => t.testdir({ ...files, token: 'first\n' }), teardown: (callback) => t.teardown(callback) },
    { user: { tokenFile }, prepare: (server) => void server.tokens.add('first') },
  );
  const { server, sink, clock } = rig;
  await Promise.all([sink.until('listed Service'), sink.until('listed EndpointSlice')]);
  server.tokens.clear();
  server.tokens.add('second');
  await writeFile(tokenFile, 'second\n');
  clock.advance(2000);
  (await server.untilWatch('Service')).end();
  t.equal((await server.untilWatch('Service', 2)).request.headers.authorization, 'Bearer second');
  t.match(services(rig), { state: 'synced', error: undefined, restarts: 0 });
});

t.test('credentials that are not accepted are shown with a hint, and tried again later', async (t) => {
  const rig = await startRig(t, { prepare: (server) => void server.tokens.add('right') });
  await untilServices(rig, ({ error }) => error !== undefined);
  t.match(services(rig), { state: 'listing', error: { code: 'SVL_API_UNAUTHORIZED', message: /401/, hint: /log in/ } });
  t.equal(rig.server.requests.filter(isService).length, 2, 'once more at once');
  rig.server.tokens.clear();
  await passUntil(rig, rig.sink.until('listed Service'));
});

t.test('a missing right is named with its verb, resource and namespace', async (t) => {
  const rig = await startRig(t, {
    prepare: (server) => server.fail({ match: isService, status: 403, message: 'User "x" cannot watch' }),
  });
  await rig.clock.untilTimer(501);
  t.match(services(rig)?.error, {
    code: 'SVL_API_FORBIDDEN',
    message: 'not allowed to watch services (403): User "x" cannot watch',
    hint: /watch on services: config\/rbac.yaml/,
  });
});

t.test(
  'a server that is away for half a minute is tried about every second, and followed when it is back',
  async (t) => {
    const rig = await startListed(t);
    const { server, sink, clock } = rig;
    server.set(fakeService('shop', 'old'));
    await sink.until('apply Service shop/old');
    sink.take();
    await server.stop();
    const delays: number[] = [];
    for (let i = 0; i < 60; i++) delays.push(await clock.pass(1001));
    t.ok(Math.max(...delays) <= 500, 'half of the ceiling of a second');
    t.match(services(rig), { state: 'stale', objects: 2, error: { code: 'SVL_API_UNREACHABLE' } });
    t.same(told(rig), [], 'nothing is taken away meanwhile');
    await server.restart();
    server.remove('Service', 'shop', 'old');
    server.set(fakeService('shop', 'new'));
    const followed = sink.until('apply Service shop/new');
    for (let i = 0; i < 6 && !sink.calls.includes('apply Service shop/new'); i++) {
      await Promise.race([followed, clock.pass(1001)]);
    }
    await followed;
    t.same(told(rig), ['delete Service shop/old', 'apply Service shop/new']);
  },
);

t.test('10,000 slices do not hold up the event loop', async (t) => {
  for (const streamingLists of ['supported', 'refused']) {
    const worker = new Worker(new URL('../../fixtures/fake-api-worker.ts', import.meta.url), {
      workerData: { slices: 10_000, streamingLists },
    });
    t.teardown(() => worker.terminate());
    const [server] = await once(worker, 'message');
    const kubeconfig = `${t.testdir({ config: kubeconfigText(server, {}) })}/config`;
    const auth = await loadKubeAuth({ kubeconfig, context: '', env: {} });
    const options = { namespaces: [], nodeName: '', serviceProxyName: '', userAgent: '', random: Math.random };
    const source = createKubernetesSource({ auth, clock: systemClock, ...options });
    const listed = Promise.withResolvers<void>();
    const sink = {
      apply() {},
      delete() {},
      rejected() {},
      listed: (kind: string) => void (kind === 'EndpointSlice' && listed.resolve()),
    };
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    source.start(sink);
    await listed.promise;
    delay.disable();
    t.equal(source.status().resources[1]?.objects, 10_000);
    t.ok(delay.max < 120e6, `at most ${delay.max / 1e6} ms, most of it garbage collection`);
    await source.close();
    await auth.close();
  }
});
