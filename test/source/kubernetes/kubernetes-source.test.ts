import t from 'tap';
import { systemClock } from '../../../src/lib/clock.ts';
import { decodeObject } from '../../../src/model/decode-object.ts';
import type { ResourceStatus, WatchedKind } from '../../../src/model/source.ts';
import { channels, type ResourceMessage } from '../../../src/observability/channels.ts';
import { createKubernetesSource } from '../../../src/source/kubernetes/kubernetes-source.ts';
import { fakeNode, fakeService, fakeSlice } from '../../fixtures/kubernetes-objects.ts';
import { type Rig, startRig } from '../../fixtures/kubernetes-rig.ts';

function statusOf({ source }: Rig, kind: WatchedKind): ResourceStatus | undefined {
  return source.status().resources.find((resource) => resource.kind === kind);
}

t.test('a cluster is listed whole, each kind told once, then followed', async (t) => {
  const rig = await startRig(t, {
    prepare(server) {
      server.set(fakeService('shop', 'web'));
      server.set(fakeSlice('shop', 'web-1', 'web'));
    },
  });
  const { server, sink, source } = rig;
  t.same(source.kinds, ['Service', 'EndpointSlice']);
  await Promise.all([sink.until('listed Service'), sink.until('listed EndpointSlice')]);
  const calls = sink.take();
  t.ok(calls.indexOf('apply Service shop/web') < calls.indexOf('listed Service'), 'objects come before the word');
  t.equal(calls.length, 4);
  server.set(fakeService('shop', 'api'));
  await sink.until('apply Service shop/api');
  server.remove('Service', 'shop', 'api');
  await sink.until('delete Service shop/api');
  t.match(statusOf(rig, 'Service'), { state: 'synced', objects: 1, relists: 0, restarts: 0, error: undefined });
  t.match(source.status(), { type: 'kubernetes', description: `context fake, ${server.url}` });
});

t.test('the first request streams the list, with selectors, bookmarks and our user agent', async (t) => {
  const { server } = await startRig(t);
  const services = await server.untilWatch('Service');
  t.same(Object.fromEntries(services.request.query), {
    labelSelector: '!service.kubernetes.io/headless,!service.kubernetes.io/service-proxy-name',
    watch: 'true',
    allowWatchBookmarks: 'true',
    timeoutSeconds: '450',
    sendInitialEvents: 'true',
    resourceVersionMatch: 'NotOlderThan',
  });
  t.equal(services.request.headers['user-agent'], 'svclane/test');
  t.equal((await server.untilWatch('EndpointSlice')).request.path, '/apis/discovery.k8s.io/v1/endpointslices');
});

t.test('a service proxy name selects its Services only', async (t) => {
  const { server, sink } = await startRig(t, {
    serviceProxyName: 'lane',
    prepare(server) {
      server.set(fakeService('shop', 'web'));
      server.set(fakeService('shop', 'own', { 'service.kubernetes.io/service-proxy-name': 'lane' }));
    },
  });
  await sink.until('listed Service');
  t.same(
    sink.calls.filter((call) => call.includes('shop/')),
    ['apply Service shop/own'],
  );
  server.set(fakeService('shop', 'own'));
  await sink.until('delete Service shop/own');
});

t.test('listed namespaces are followed each by itself, and merged in the status', async (t) => {
  const rig = await startRig(t, {
    namespaces: ['shop', 'pay'],
    prepare(server) {
      for (const namespace of ['shop', 'pay', 'other']) server.set(fakeService(namespace, 'web'));
      server.fail({ match: ({ namespace, kind }) => namespace === 'pay' && kind === 'Service', status: 403 });
    },
  });
  const { server, sink, clock } = rig;
  await sink.until('apply Service shop/web');
  await clock.untilTimer(500);
  t.notOk(sink.calls.includes('listed Service'), 'one of two scopes is not the whole kind');
  t.match(statusOf(rig, 'Service'), {
    state: 'listing',
    error: {
      code: 'SVL_API_FORBIDDEN',
      message: /watch services in namespace pay/,
      hint: /rbac/,
    },
  });
  await clock.pass(500);
  await sink.until('listed Service');
  t.match(statusOf(rig, 'Service'), { state: 'synced', objects: 2, error: undefined });
  t.notOk(server.requests.some(({ namespace }) => namespace === '' || namespace === 'other'));
});

t.test('the own Node is needed where it is named, and no obstacle where it cannot be had', async (t) => {
  const cases = [
    { name: 'it exists', prepare: (server: Rig['server']) => server.set(fakeNode('node-a')), objects: 1 },
    { name: 'it does not exist', prepare: (server: Rig['server']) => server.set(fakeNode('node-b')), objects: 0 },
    {
      name: 'it may not be read',
      prepare: (server: Rig['server']) =>
        server.fail({ match: ({ kind }) => kind === 'Node', status: 403, times: Number.POSITIVE_INFINITY }),
      objects: 0,
      error: 'SVL_API_FORBIDDEN',
    },
  ];
  for (const { name, prepare, objects, error } of cases) {
    await t.test(name, async (t) => {
      const rig = await startRig(t, { nodeName: 'node-a', prepare });
      t.same(rig.source.kinds, ['Service', 'EndpointSlice', 'Node']);
      await rig.sink.until('listed Node');
      t.equal(statusOf(rig, 'Node')?.objects, objects);
      t.equal(statusOf(rig, 'Node')?.error?.code, error);
      const request = await rig.server.untilRequest(({ kind }) => kind === 'Node');
      t.equal(request.query.get('fieldSelector'), 'metadata.name=node-a');
    });
  }
});

t.test('a change of state is published, an event is not', async (t) => {
  const states: string[] = [];
  const listen = ({ status }: ResourceMessage): void => {
    if (status.kind === 'Service') states.push(`${status.state} ${status.error?.code ?? ''}`.trim());
  };
  channels.resource.subscribe(listen);
  t.teardown(() => channels.resource.unsubscribe(listen));
  const { server, sink, clock } = await startRig(t);
  await sink.until('listed Service');
  server.set(fakeService('shop', 'web'));
  await sink.until('apply Service shop/web');
  const watch = await server.untilWatch('Service');
  server.fail({ match: ({ kind }) => kind === 'Service', status: 500 });
  watch.reset();
  await clock.pass(1000);
  await clock.pass(1000);
  await server.untilWatch('Service', 2);
  server.set(fakeService('shop', 'api'));
  await sink.until('apply Service shop/api');
  t.same(states, ['synced', 'stale SVL_API_UNREACHABLE', 'stale SVL_API_RESPONSE', 'synced']);
});

t.test('an object that is skipped whole is reported, and its last good version stays', async (t) => {
  const { server, sink } = await startRig(t, {
    decode(raw, kind) {
      if (!JSON.stringify(raw).includes('"bad"')) return decodeObject(raw, kind);
      const problems = [{ code: 'OBJECT_INVALID', path: 'spec', message: 'bad' }] as const;
      return { rejection: { kind, namespace: 'shop', name: 'web', skipped: true, problems } };
    },
    prepare: (server) => server.set(fakeService('shop', 'web')),
  });
  await sink.until('listed Service');
  sink.take();
  server.set(fakeService('shop', 'web', { bad: '' }));
  server.set(fakeService('shop', 'api'));
  await sink.until('apply Service shop/api');
  t.same(sink.calls, ['rejected Service shop/web', 'apply Service shop/api']);
  t.ok(sink.objects.has('Service shop/web'));
});

t.test('an object that lost a part is delivered and reported', async (t) => {
  const ports = [{ port: 80 }, { port: 0, name: 'zero' }];
  const { sink } = await startRig(t, {
    prepare: (server) => server.set({ ...fakeService('shop', 'web'), spec: { clusterIP: '10.96.0.10', ports } }),
  });
  await sink.until('listed Service');
  t.ok(sink.objects.has('Service shop/web'));
  t.match(sink.rejections, [{ kind: 'Service', namespace: 'shop', name: 'web', skipped: false }]);
});

t.test('a sink that throws loses that object only', async (t) => {
  const { server, sink } = await startRig(t, { prepare: (server) => server.set(fakeService('shop', 'web')) });
  await sink.until('listed Service');
  const apply = sink.apply.bind(sink);
  sink.apply = (object) => {
    if (object.name === 'bad') throw new Error('no');
    apply(object);
  };
  server.set(fakeService('shop', 'bad'));
  server.set(fakeService('shop', 'good'));
  await sink.until('apply Service shop/good');
  t.match(sink.rejections, [{ kind: 'Service', namespace: 'shop', name: 'bad', skipped: true }]);
});

t.test('after close nothing is delivered and no watch is left', async (t) => {
  const { server, sink, source } = await startRig(t);
  await Promise.all([sink.until('listed Service'), sink.until('listed EndpointSlice')]);
  sink.take();
  const closed = source.close();
  server.set(fakeService('shop', 'web'));
  await closed;
  await source.close();
  t.same(sink.calls, []);
});

t.test('close ends a source that waits to try again', async (t) => {
  const { clock, source } = await startRig(t, { prepare: (server) => server.stop() });
  await clock.untilTimer(1000);
  await source.close();
  t.equal(source.status().resources[0]?.error?.code, 'SVL_API_UNREACHABLE');
});

t.test('before it starts, every kind is listing', async (t) => {
  const auth = { server: '', description: 'nowhere', request: () => Promise.reject(new Error('not started')) };
  const source = createKubernetesSource({
    auth,
    namespaces: ['shop'],
    nodeName: 'node-a',
    serviceProxyName: '',
    clock: systemClock,
    random: Math.random,
    userAgent: '',
  });
  t.same(
    source.status().resources.map(({ kind, state, objects }) => `${kind} ${state} ${objects}`),
    ['Service listing 0', 'EndpointSlice listing 0', 'Node listing 0'],
  );
  await source.close();
});
