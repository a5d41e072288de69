import t from 'tap';
import { fakeService, fakeSlice } from '../../fixtures/kubernetes-objects.ts';
import { isRelist, isService, services, startListed, told } from '../../fixtures/kubernetes-rig.ts';

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
