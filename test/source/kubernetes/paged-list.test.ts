import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { systemClock } from '../../../src/lib/clock.ts';
import { decodeObject } from '../../../src/model/decode-object.ts';
import { loadKubeAuth } from '../../../src/source/kubernetes/auth.ts';
import { createKubernetesSource } from '../../../src/source/kubernetes/kubernetes-source.ts';
import { type FakeRequest, kubeconfigText } from '../../fixtures/fake-api-http.ts';
import { fakeService } from '../../fixtures/kubernetes-objects.ts';
import { isRelist, isService, passUntil, services, startRig } from '../../fixtures/kubernetes-rig.ts';

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

t.test('of 10,000 slices, few are worked on in one turn of the event loop, streamed or paged', async (t) => {
  for (const streamingLists of ['supported', 'refused']) {
    const worker = new Worker(new URL('../../fixtures/fake-api-worker.ts', import.meta.url), {
      workerData: { slices: 10_000, streamingLists },
    });
    t.teardown(() => worker.terminate());
    const [server] = await once(worker, 'message');
    const kubeconfig = `${t.testdir({ config: kubeconfigText(server, {}) })}/config`;
    const auth = await loadKubeAuth({ kubeconfig, context: '', env: {} });
    const listed = Promise.withResolvers<void>();
    let inTurn = 0;
    let most = 0;
    const source = createKubernetesSource({
      auth,
      clock: systemClock,
      random: Math.random,
      namespaces: [],
      nodeName: '',
      serviceProxyName: '',
      userAgent: '',
      decode(raw, kind) {
        if (inTurn++ === 0) setImmediate(endTurn);
        return decodeObject(raw, kind);
      },
    });
    const endTurn = (): void => {
      most = Math.max(most, inTurn);
      inTurn = 0;
    };
    source.start({
      apply() {},
      delete() {},
      rejected() {},
      listed: (kind) => void (kind === 'EndpointSlice' && listed.resolve()),
    });
    await listed.promise;
    t.equal(source.status().resources[1]?.objects, 10_000);
    t.ok(most > 0 && most <= 1500, `${streamingLists}: ${most} in one turn`);
    await source.close();
    await auth.close();
  }
});
