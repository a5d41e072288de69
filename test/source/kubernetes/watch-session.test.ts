import t from 'tap';
import { fakeService } from '../../fixtures/kubernetes-objects.ts';
import { passUntil, services, startListed, untilServices } from '../../fixtures/kubernetes-rig.ts';

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
