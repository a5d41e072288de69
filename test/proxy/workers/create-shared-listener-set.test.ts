import t from 'tap';
import type { Flow } from '../../../src/model/flow.ts';
import { channels } from '../../../src/observability/channels.ts';
import { metricsRig, partsOf } from '../../fixtures/metrics-text.ts';
import {
  apply,
  deadEndpoint,
  ending,
  next,
  open,
  receive,
  routeTo,
  SETTINGS,
  tcpBackend,
  tcpClient,
} from '../../fixtures/tcp-rig.ts';
import {
  clientAt,
  createWorkers,
  echoing,
  fateOf,
  flowOf,
  helperServes,
  isOfHelper,
  isOfMain,
  nextBytes,
  waitUntil,
} from '../../fixtures/workers-rig.ts';

t.test('clients are served by main and by helpers', async (t) => {
  const { set, port } = await echoing(t);
  for (const isMeant of [isOfHelper, isOfMain]) {
    const { client } = await clientAt(t, set, port, isMeant);
    client.end('hello');
    t.equal(String(await receive(client)), 'hello');
  }
});

t.test('one worker is an ordinary listener set, and starts no thread', async (t) => {
  const started: unknown[] = [];
  const onStarted = (message: unknown): void => void started.push(message);
  channels.workerStarted.subscribe(onStarted);
  t.teardown(() => channels.workerStarted.unsubscribe(onStarted));
  const set = createWorkers(t, { workers: 1 });
  const backend = await tcpBackend(t, (socket) => socket.end());
  await open(set, routeTo({ endpoints: [backend] }));
  t.equal(set.counts.workers, undefined);
  t.same(started, []);
});

t.test("a helper's flow is told of as one of main", async (t) => {
  const { set, port, route } = await echoing(t);
  const { client, id } = await clientAt(t, set, port, isOfHelper);
  client.write('12345');
  t.equal(String(await nextBytes(client)), '12345');
  const live = await flowOf(set, id);
  t.match(live, {
    id,
    protocol: 'TCP',
    clientAddress: '127.0.0.1',
    clientPort: client.localPort,
    bytesIn: 5,
    bytesOut: 5,
    end: undefined,
    why: 'only',
  });
  t.equal(live?.route, route, 'the very route of the table');
  t.equal(live?.endpoint, route.servicePort.endpoints[0], 'and its endpoint');
  t.ok(set.counts.tcpFlows >= 1);
  t.ok((set.status(route.frontend.key)?.connections ?? 0) >= 1);
  const ended = next(t, channels.flowEnded, (flow) => flow.id === id);
  client.end('67');
  t.equal(String(await receive(client)), '67');
  const flow = await ended;
  t.match(flow, { bytesIn: 7, bytesOut: 7, end: { cause: 'finished' } });
  t.ok((flow.connectMs ?? -1) >= 0);
  t.equal(await flowOf(set, id), undefined);
});

t.test(
  'each flow is published once when it begins, when it connects and when it has ended, in this order',
  async (t) => {
    const { set, port } = await echoing(t);
    const told: string[] = [];
    const note = (what: string) => (flow: Flow) => void told.push(`${what} ${flow.id}`);
    for (const [channel, what] of [
      [channels.flowOpened, 'opened'],
      [channels.flowConnected, 'connected'],
      [channels.flowEnded, 'ended'],
    ] as const) {
      const listener = note(what);
      channel.subscribe(listener);
      t.teardown(() => channel.unsubscribe(listener));
    }
    const { client, id } = await clientAt(t, set, port, isOfHelper);
    const ended = next(t, channels.flowEnded, (flow) => flow.id === id);
    client.end('x');
    await receive(client);
    await ended;
    t.same(
      told.filter((line) => line.endsWith(` ${id}`)),
      [`opened ${id}`, `connected ${id}`, `ended ${id}`],
    );
  },
);

t.test('metrics count what all workers did, and nothing twice', async (t) => {
  const { port } = await echoing(t, { workers: 3 });
  const metrics = metricsRig(t);
  const ids = new Set<string>();
  const note = ({ id }: Flow): void => void ids.add(id);
  channels.flowEnded.subscribe(note);
  t.teardown(() => channels.flowEnded.unsubscribe(note));
  for (let i = 0; i < 40; i++) {
    const client = tcpClient(t, port);
    client.end('hello');
    t.equal(String(await receive(client)), 'hello');
  }
  await waitUntil(() => ids.size === 40);
  const text = (await partsOf(metrics.renderMetrics())).join('');
  t.match(text, /svclane_connections_total{namespace="shop",service="web",port="80",result="finished"} 40\n/);
  t.match(text, /svclane_connections_active{namespace="shop",service="web",port="80"} 0\n/);
  t.match(text, /svclane_bytes_total{direction="in"} 200\n/);
  t.match(text, /svclane_bytes_total{direction="out"} 200\n/);
  t.match(text, /svclane_connect_duration_seconds_count 40\n/);
  t.ok([...ids].some(isOfHelper) && [...ids].some(isOfMain), 'by several workers');
});

t.test('a dial that fails in a helper is told of, and the next endpoint is tried', async (t) => {
  const set = createWorkers(t);
  const serve = helperServes(t, set);
  const [dead, backend] = [await deadEndpoint(), await tcpBackend(t, (socket) => socket.end('served'))];
  const endpoints = [dead, backend].sort((a, b) => (a.key < b.key ? -1 : 1));
  const port = await open(set, routeTo({ endpoints }));
  await serve;
  const failed = next(t, channels.dialFailed, ({ flow }) => isOfHelper(flow.id));
  let isTold = false;
  void failed.then(() => {
    isTold = true;
  });
  while (!isTold) {
    const client = tcpClient(t, port);
    client.end();
    t.equal(String(await receive(client)), 'served');
  }
  const { flow, ...facts } = await failed;
  t.match(facts, { endpoint: dead.key, errno: 'ECONNREFUSED' });
  t.equal(flow.failedTries.length, 1);
});

t.test("a helper's flow is killed by its id", async (t) => {
  const { set, port } = await echoing(t);
  const { client, id } = await clientAt(t, set, port, isOfHelper);
  const ended = next(t, channels.flowEnded, (flow) => flow.id === id);
  const closed = ending(client);
  t.equal(await set.endFlow(id), true);
  t.equal(await closed, 'ECONNRESET');
  t.match((await ended).end, { cause: 'killed' });
  t.equal(await set.endFlow(id), false);
});

t.test('the limit of connections holds over all workers', async (t) => {
  const limits = { ...SETTINGS.limits, maxConnections: 3 };
  const { port } = await echoing(t, { settings: { ...SETTINGS, limits }, workers: 3 });
  const sheds: Flow[] = [];
  const note = (flow: Flow): void => void (flow.end?.reason === 'max-connections' && sheds.push(flow));
  channels.flowEnded.subscribe(note);
  t.teardown(() => channels.flowEnded.unsubscribe(note));
  const fates = await Promise.all(Array.from({ length: 24 }, () => fateOf(t, port)));
  t.equal(fates.filter((fate) => fate === 'served').length <= 3, true, `never more than three: ${fates}`);
  t.ok(fates.includes('served'));
  t.ok(fates.includes('reset'));
  await waitUntil(() => sheds.length === fates.filter((fate) => fate === 'reset').length);
});

t.test('the descriptors of all workers count at the gate of each', async (t) => {
  const { set, port } = await echoing(t, { descriptorLimit: 64 + 16 });
  const clients = [];
  for (let i = 0; i < 12; i++) clients.push(await fateOf(t, port));
  const served = clients.filter((fate) => fate === 'served').length;
  t.ok(served >= 3 && served <= 5, `two descriptors each, of twelve that the thread has left: ${served}`);
  t.ok(set.counts.tcpFlows <= 5);
});

t.test('a table changes what helpers do', async (t) => {
  const { set, port, route } = await echoing(t);
  const other = await tcpBackend(t, (socket) => socket.end('other'));
  const after = routeTo({ endpoints: [other] });
  await apply(set, { changed: [{ before: route, after }] });
  await waitUntil(async () => {
    const { client, id } = await clientAt(t, set, port, isOfHelper);
    const said = String(await receive(client).catch(() => ''));
    const flow = said === 'other' ? id : undefined;
    return flow !== undefined;
  });
  await apply(set, { removed: [after] });
  await waitUntil(async () => (await fateOf(t, port)) === 'refused');
});

t.test('helpers follow the settings', async (t) => {
  const { set, port } = await echoing(t);
  await set.updateSettings({ ...SETTINGS, limits: { ...SETTINGS.limits, maxConnections: 1 } });
  const first = await fateOf(t, port);
  t.equal(first, 'served');
  for (let i = 0; i < 8; i++) t.equal(await fateOf(t, port), 'reset');
});
