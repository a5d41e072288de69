import t from 'tap';
import { EarlyLists } from '../../../src/cli/forward/early-lists.ts';
import { findTarget } from '../../../src/cli/forward/find-targets.ts';
import { createForwardSource } from '../../../src/cli/forward/forward-source.ts';
import { forwardWatches } from '../../../src/cli/forward/forward-watches.ts';
import { parseTargets } from '../../../src/cli/forward/target-notation.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { type KubeAuth, loadKubeAuth } from '../../../src/source/kubernetes/auth.ts';
import { createFakeApiServer, type FakeApiServer } from '../../fixtures/fake-api-server.ts';
import { fakeService, fakeSlice } from '../../fixtures/kubernetes-objects.ts';
import type { TestHost } from '../../fixtures/kubernetes-rig.ts';
import { RecordingSink } from '../../fixtures/kubernetes-sink.ts';

const NAMED = { hasNames: false, selection: undefined };

async function startApi(t: TestHost): Promise<{ readonly api: FakeApiServer; readonly auth: KubeAuth }> {
  const api = await createFakeApiServer();
  t.teardown(() => api.close());
  for (const name of ['web', 'api']) {
    api.set(fakeService('shop', name));
    api.set(fakeSlice('shop', `${name}-1`, name));
  }
  const auth = await loadKubeAuth({
    kubeconfig: `${t.testdir({ config: api.kubeconfig() })}/config`,
    context: '',
    env: {},
  });
  t.teardown(() => auth.close());
  return { api, auth };
}

/** Finds what the words say, and follows it; resolves when both kinds are listed. */
async function follow(t: TestHost, auth: KubeAuth, words: string, early: EarlyLists): Promise<RecordingSink> {
  const targets = parseTargets(words.split(' '));
  const planned = await Promise.all(
    targets.map(async (target) => ({ found: await findTarget(auth, early, target, 'shop'), lanes: [] })),
  );
  const source = createForwardSource({
    auth,
    watches: forwardWatches(planned, undefined),
    early,
    services: [],
    staysWithout: () => true,
    tell: () => {},
    clock: systemClock,
    random: Math.random,
    userAgent: 'svclane/test',
  });
  t.teardown(() => source.close());
  const sink = new RecordingSink();
  source.start(sink);
  await Promise.all([sink.until('listed Service'), sink.until('listed EndpointSlice')]);
  return sink;
}

t.test('Services that are named are asked for once: the watches go on from those lists', async (t) => {
  for (const words of ['svc/web 80', 'svc/web 80 svc/api 80 svc/web http', 'svc/web 80 deploy/none 80']) {
    await t.test(words, async (t) => {
      const { api, auth } = await startApi(t);
      const targets = parseTargets(words.split(' '));
      const early = new EarlyLists(auth, { targets, ...NAMED }, 'shop');
      const named = new Set(targets.filter(({ kind }) => kind === 'svc').map(({ name }) => name));
      const sink = await follow(t, auth, words.replace(' deploy/none 80', ''), early);
      t.same(
        sink.calls.filter((call) => call.startsWith('apply')).toSorted(),
        [...named].flatMap((name) => [`apply EndpointSlice shop/${name}-1`, `apply Service shop/${name}`]).toSorted(),
      );
      const watch = await api.untilWatch('EndpointSlice');
      await api.untilWatch('Service', named.size);
      t.same(
        api.requests.map(({ verb, kind }) => `${verb} ${kind}`).toSorted(),
        [
          'list EndpointSlice',
          ...[...named].map(() => 'list Service'),
          ...[...named].map(() => 'watch Service'),
          'watch EndpointSlice',
        ].toSorted(),
      );
      t.notOk(watch.request.query.has('sendInitialEvents'));
      t.match(watch.request.query.get('resourceVersion'), /^\d+$/);
    });
  }
});

t.test('what changes between the list and the watch is told', async (t) => {
  const { api, auth } = await startApi(t);
  const early = new EarlyLists(auth, { targets: parseTargets(['svc/web', '80']), ...NAMED }, 'shop');
  const sink = await follow(t, auth, 'svc/web 80', early);
  api.set(fakeSlice('shop', 'web-2', 'web'));
  await sink.until('apply EndpointSlice shop/web-2');
  t.notOk(api.requests.some(({ query }) => query.has('sendInitialEvents')));
});

t.test('a version that is gone when the watch begins leads to a list', async (t) => {
  const { api, auth } = await startApi(t);
  const early = new EarlyLists(auth, { targets: parseTargets(['svc/web', '80']), ...NAMED }, 'shop');
  const sink = await follow(t, auth, 'svc/web 80', early);
  api.set(fakeSlice('shop', 'web-2', 'web'));
  api.compact();
  await sink.until('apply EndpointSlice shop/web-2');
  t.equal(sink.calls.filter((call) => call === 'listed EndpointSlice').length, 1);
});

t.test('a list that could not be had is asked for by the watch', async (t) => {
  const { api, auth } = await startApi(t);
  api.fail({ match: ({ verb, kind }) => verb === 'list' && kind === 'EndpointSlice', status: 500 });
  const early = new EarlyLists(auth, { targets: parseTargets(['svc/web', '80']), ...NAMED }, 'shop');
  await t.rejects(async () => void (await early.objects('EndpointSlice', 'shop', 'web')));
  const sink = await follow(t, auth, 'svc/web 80', early);
  t.ok(sink.calls.includes('apply EndpointSlice shop/web-1'));
});

t.test('a Service that a file names is found beside one of the command line', async (t) => {
  const { api, auth } = await startApi(t);
  const early = new EarlyLists(auth, { targets: parseTargets(['svc/web', '80']), ...NAMED }, 'shop');
  const sink = await follow(t, auth, 'svc/web 80 svc/api 80', early);
  t.ok(sink.calls.includes('apply Service shop/api'));
  t.same(
    api.requests.filter(({ verb }) => verb === 'get').map(({ name }) => name),
    ['api'],
  );
});

t.test('of several Services, one that is refused keeps nobody from the others', async (t) => {
  const { api, auth } = await startApi(t);
  api.fail({ match: ({ query }) => query.get('fieldSelector') === 'metadata.name=web', status: 403 });
  const early = new EarlyLists(auth, { targets: parseTargets(['svc/web', '80', 'svc/api', '80']), ...NAMED }, 'shop');
  await t.rejects(async () => void (await early.objects('Service', 'shop', 'web')), { code: 'SVL_API_FORBIDDEN' });
  t.equal((await early.objects('Service', 'shop', 'api'))?.length, 1);
});

t.test('objects are those of one Service; of what was not asked for, none are promised', async (t) => {
  const { api, auth } = await startApi(t);
  const targets = parseTargets(['svc/web', '80', 'svc/api', '80', 'svc/nobody', '80', 'deploy/web', '80']);
  const early = new EarlyLists(auth, { targets, ...NAMED }, 'shop');
  const namesOf = async (kind: 'Service' | 'EndpointSlice', name: string): Promise<readonly unknown[]> =>
    (await early.objects(kind, 'shop', name))?.map((object) => Reflect.get(Object(object), 'metadata').name) ?? [];
  t.same(await namesOf('Service', 'web'), ['web']);
  t.same(await namesOf('EndpointSlice', 'api'), ['api-1']);
  t.same(await namesOf('Service', 'nobody'), []);
  t.equal(early.objects('Service', 'elsewhere', 'web'), undefined);
  t.equal(early.objects('Service', 'shop', 'of-a-file'), undefined, 'nor of those that a file names');
  const asked = api.requests.length;
  for (const whole of [
    { hasNames: true, selection: undefined },
    { hasNames: false, selection: { labelSelector: '' } },
  ])
    t.equal(new EarlyLists(auth, { targets, ...whole }, 'shop').objects('Service', 'shop', 'web'), undefined);
  t.equal(api.requests.length, asked, 'whole namespaces are listed by their watches');
});
