import { connect, createServer, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import type { Flow } from '../../src/model/flow.ts';
import type { FrontTarget } from '../../src/model/front.ts';
import type { RoutingTable } from '../../src/model/route.ts';
import { channels } from '../../src/observability/channels.ts';
import type { ListenerSet } from '../../src/proxy/listener-set.ts';
import type { ClusterState } from '../../src/routing/cluster-state.ts';
import { diffTables } from '../../src/routing/diff.ts';
import { frontTarget } from '../../src/routing/names/front-target.ts';
import { emptyTable } from '../../src/routing/table.ts';
import { namesOf } from '../fixtures/names.ts';
import { decoded, nextTable, nodeContext, rawEndpoint, rawService, rawSlice, stateWith } from '../fixtures/routing.ts';
import { createRig, deadEndpoint, listen, next, nextEnd, receive, SETTINGS, tcpBackend } from '../fixtures/tcp-rig.ts';

const HOLD = { ...SETTINGS, onEmpty: { action: 'hold', maxWaitMs: 60_000, maxQueued: 8 } } as const;
/** No frontend of any kind: as on a laptop without lanes. */
const LAPTOP = nodeContext({
  nodeName: '',
  frontends: { clusterIP: false, nodePorts: false, externalIPs: false, loadBalancerIPs: false },
});
const HEADLESS = { clusterIP: 'None', clusterIPs: ['None'] };

/** A cluster, and a listener set that follows it. */
class Follower {
  readonly state: ClusterState;
  readonly set: ListenerSet;
  table: RoutingTable = emptyTable(LAPTOP);

  constructor(set: ListenerSet, ...objects: Parameters<typeof stateWith>[0]) {
    this.set = set;
    this.state = stateWith(objects, { keepHeadless: true });
  }

  async follow(): Promise<void> {
    const table = nextTable(this.state, this.table);
    const diff = diffTables(this.table, table);
    this.table = table;
    await this.set.apply(diff, table);
  }

  target(): FrontTarget {
    const target = frontTarget(namesOf(this.table), 'web', 80);
    if (target.kind === 'refused') throw new Error(target.message);
    return target;
  }
}

/** A connection that was accepted for somebody else, and what is told of it. */
async function adopted(
  t: Test,
  set: ListenerSet,
  target: FrontTarget,
): Promise<{ client: Socket; told: Promise<string> }> {
  const accepted = Promise.withResolvers<Socket>();
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, accepted.resolve);
  const client = connect({ port: await listen(server, '127.0.0.1'), host: '127.0.0.1', allowHalfOpen: true });
  client.on('error', () => {});
  t.teardown(() => client.destroy());
  t.teardown(() => server.close());
  const told = Promise.withResolvers<string>();
  const socket = await accepted.promise;
  set.adopt(target, socket, {
    connected: () => {
      socket.write('go on: ');
      told.resolve('connected');
    },
    refused: ({ end }: Flow) => {
      socket.end(`sorry: ${end?.cause}`);
      told.resolve(end?.cause ?? '');
    },
  });
  return { client, told: told.promise };
}

for (const [title, spec] of [
  ['a Service with a cluster IP', {}],
  ['a headless Service', HEADLESS],
  ['a Service with traffic policy Local', { internalTrafficPolicy: 'Local' }],
] as const) {
  t.test(`${title} is reached without any listener; a held client goes on when an endpoint comes`, async (t) => {
    const backend = await tcpBackend(t, (socket) => socket.end('hello'));
    const cluster = new Follower(createRig(t, { settings: HOLD }), rawService(spec));
    await cluster.follow();
    const held = await adopted(t, cluster.set, cluster.target());
    t.equal(cluster.set.counts.frontends, 0);
    const ports = [{ name: 'http', port: backend.port, protocol: 'TCP' }];
    cluster.state.apply(decoded(rawSlice('web-1', [rawEndpoint(backend.address)], { ports })));
    await cluster.follow();
    t.equal(await held.told, 'connected');
    t.equal((await receive(held.client)).toString(), 'go on: hello');
    const direct = await adopted(t, cluster.set, cluster.target());
    t.equal((await receive(direct.client)).toString(), 'go on: hello');
  });
}

t.test('a held client is told when its Service goes', async (t) => {
  const cluster = new Follower(createRig(t, { settings: HOLD }), rawService());
  await cluster.follow();
  const held = await adopted(t, cluster.set, cluster.target());
  const ended = nextEnd(t);
  cluster.state.delete('Service', 'shop', 'web');
  await cluster.follow();
  t.equal(await held.told, 'wait-over');
  t.equal((await receive(held.client)).toString(), 'sorry: wait-over');
  t.match(await ended, { end: { cause: 'wait-over' }, endpoint: undefined });
  t.equal(cluster.set.counts.tcpFlows, 0);
});

t.test('a target of an older table goes where the table in force says', async (t) => {
  const backend = await tcpBackend(t, (socket) => socket.end('hello'));
  const ports = [{ name: 'http', port: backend.port, protocol: 'TCP' }];
  const cluster = new Follower(createRig(t), rawService(), rawSlice('web-1', [rawEndpoint('127.0.0.9')], { ports }));
  await cluster.follow();
  const old = cluster.target();
  cluster.state.apply(decoded(rawSlice('web-1', [rawEndpoint(backend.address)], { ports })));
  await cluster.follow();
  t.equal((await receive((await adopted(t, cluster.set, old)).client)).toString(), 'go on: hello');
});

t.test('failed dials eject an endpoint, and quarantine holds, as with a listener', async (t) => {
  const dead = await deadEndpoint();
  const ejection = { ...SETTINGS.ejection, consecutiveFailures: 1, maxPercent: 100 };
  const ports = [{ name: 'http', port: dead.port, protocol: 'TCP' }];
  const set = createRig(t, { settings: { ...SETTINGS, ejection } });
  const cluster = new Follower(set, rawService(HEADLESS), rawSlice('web-1', [rawEndpoint(dead.address)], { ports }));
  await cluster.follow();
  const first = await adopted(t, set, cluster.target());
  t.equal(await first.told, 'dial-failed');
  t.match([...set.ejections()], [{ endpoint: { key: dead.key }, cause: 'ECONNREFUSED' }]);
  const { key } = cluster.target().route.servicePort;
  t.equal(await set.drainEndpoint(key, dead.key), true);
  const second = await adopted(t, set, cluster.target());
  t.equal(await second.told, 'no-endpoint');
});

t.test('closing turns away who waits, and adopts nobody any more', async (t) => {
  const cluster = new Follower(createRig(t, { settings: HOLD }), rawService());
  await cluster.follow();
  const opened = next(t, channels.flowOpened);
  const { client } = await adopted(t, cluster.set, cluster.target());
  const flow = await opened;
  t.equal(flow.clientPort, client.localPort);
  const ended = nextEnd(t);
  await cluster.set.close();
  t.match(await ended, { end: { cause: 'wait-over' } });
  t.equal(
    cluster.set.adopt(cluster.target(), client, { connected: t.fail, refused: t.fail }),
    undefined,
    'it is closed',
  );
});
