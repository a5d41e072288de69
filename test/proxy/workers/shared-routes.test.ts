import { createServer } from 'node:net';
import t from 'tap';
import { createInterventions } from '../../../src/daemon/interventions.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { SocketExchange } from '../../../src/lib/socket-exchange.ts';
import { channels } from '../../../src/observability/channels.ts';
import {
  apply,
  listen,
  next,
  open,
  receive,
  routeTo,
  SETTINGS,
  tcpBackend,
  tcpClient,
} from '../../fixtures/tcp-rig.ts';
import {
  areAllOfMain,
  areOfMain,
  clientAt,
  createWorkers,
  echoing,
  fateOf,
  isOfHelper,
  nextBytes,
  waitUntil,
} from '../../fixtures/workers-rig.ts';

const WEB = { namespace: 'shop', service: 'web', port: '', protocol: undefined } as const;
const NO_FAULT = {
  latencyMs: 0,
  jitterMs: 0,
  bytesPerSecond: 0,
  resetPercent: 0,
  refusePercent: 0,
  blackholePercent: 0,
} as const;

t.test('what needs one authority is served by main alone, and by helpers again when it does no more', async (t) => {
  t.test('an endpoint is in quarantine', async (t) => {
    const { set, port, route } = await echoing(t);
    const { servicePort } = route;
    const key = servicePort.endpoints[0]?.key ?? '';
    await clientAt(t, set, port, isOfHelper);
    const { client: live } = await clientAt(t, set, port, isOfHelper);
    const second = await tcpBackend(t, (socket) => socket.pipe(socket));
    const both = routeTo({ endpoints: [...servicePort.endpoints, second] });
    await apply(set, { changed: [{ before: route, after: both }] });
    await set.drainEndpoint(servicePort.key, key);
    await areOfMain(t, port);
    live.write('still');
    t.equal(String(await nextBytes(live)), 'still', 'live flows go on');
    await set.restoreEndpoint(servicePort.key, key);
    await clientAt(t, set, port, isOfHelper);
  });

  t.test('a fault is in force', async (t) => {
    const interventions = createInterventions({ clock: systemClock, random: () => 0 });
    t.teardown(() => interventions.close());
    const { set, port } = await echoing(t, { interventions });
    interventions.faults.set({ ...WEB, ...NO_FAULT, latencyMs: 1 }, 60_000);
    await waitUntil(() => areAllOfMain(t, port));
    await areOfMain(t, port);
    interventions.faults.remove(WEB);
    await clientAt(t, set, port, isOfHelper);
  });

  t.test('ejection is switched on', async (t) => {
    const { set, port } = await echoing(t);
    await set.updateSettings({ ...SETTINGS, ejection: { ...SETTINGS.ejection, consecutiveFailures: 3 } });
    await waitUntil(() => areAllOfMain(t, port));
    await areOfMain(t, port);
    await set.updateSettings(SETTINGS);
    await clientAt(t, set, port, isOfHelper);
  });
});

t.test('no client is lost where a frontend is withdrawn from helpers under load', async (t) => {
  const { set, port } = await echoing(t);
  const fates: Promise<string>[] = [];
  for (let round = 0; round < 4; round++) {
    for (let i = 0; i < 25; i++) fates.push(fateOf(t, port));
    await set.updateSettings({
      ...SETTINGS,
      ejection: { ...SETTINGS.ejection, consecutiveFailures: 3 - 3 * (round % 2) },
    });
  }
  const all = await Promise.all(fates);
  t.same(
    all.filter((fate) => fate !== 'served'),
    [],
  );
});

t.test('a frontend that closes and opens again gets its address back from helpers', async (t) => {
  const { set, route } = await echoing(t);
  const { boundPort } = set.status(route.frontend.key) ?? { boundPort: 0 };
  await apply(set, { removed: [route] });
  const fixed = routeTo({ endpoints: route.servicePort.endpoints, frontend: { port: boundPort } });
  await apply(set, { added: [fixed] });
  t.match(set.status(fixed.frontend.key), { state: 'listening', boundPort });
  await clientAt(t, set, boundPort, isOfHelper);
});

t.test('where the socket does not share its address main serves alone, and that is told', async (t) => {
  const server = createServer();
  const port = await listen(server, '127.0.0.1');
  t.teardown(() => server.close());
  const failed = next(t, channels.workerListenFailed);
  const sockets = new SocketExchange(async (name) => (name.includes('+') ? undefined : server));
  const set = createWorkers(t, { sockets });
  const backend = await tcpBackend(t, (socket) => socket.end('served'));
  await open(set, routeTo({ endpoints: [backend], frontend: { port } }));
  t.match(await failed, { worker: 1, message: /EADDRINUSE/, retryInMs: 1000 });
  t.equal(String(await receive(tcpClient(t, port))), 'served');
});
