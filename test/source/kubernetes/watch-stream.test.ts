import t from 'tap';
import { fakeService } from '../../fixtures/kubernetes-objects.ts';
import {
  isService,
  passUntil,
  services,
  startListed,
  startRig,
  told,
  untilServices,
} from '../../fixtures/kubernetes-rig.ts';

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
