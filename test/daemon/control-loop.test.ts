import t, { type Test } from 'tap';
import { createControlLoop } from '../../src/daemon/control-loop.ts';
import type { NodeContext, RoutingTable } from '../../src/model/route.ts';
import { channels, type SyncMessage } from '../../src/observability/channels.ts';
import { createClusterState } from '../../src/routing/cluster-state.ts';
import { FakeClock } from '../fixtures/balancing.ts';
import { decoded, nodeContext, rawEndpoint, rawService, rawSlice } from '../fixtures/routing.ts';

const NODE = { kind: 'Node', metadata: { name: 'node-a', labels: { 'topology.kubernetes.io/zone': 'b' } } };

function setUp(t: Test) {
  const clock = new FakeClock(1_000);
  const state = createClusterState({ serviceProxyName: '' });
  const applied: RoutingTable[] = [];
  const errors: unknown[] = [];
  const syncs: SyncMessage[] = [];
  const queued: unknown[] = [];
  const faults = { left: 0 };
  const onSync = (message: SyncMessage): void => void syncs.push(message);
  const onQueued = (message: unknown): void => void queued.push(message);
  channels.sync.subscribe(onSync);
  channels.queued.subscribe(onQueued);
  let node: NodeContext = nodeContext();
  const loop = createControlLoop({
    kinds: ['Service', 'EndpointSlice', 'Node'],
    clock,
    state,
    nodeContext: () => {
      const zone = state.snapshot().node?.zone ?? '';
      if (zone !== node.zone) node = nodeContext({ zone });
      return node;
    },
    apply: async (_diff, table) => {
      if (faults.left-- > 0) throw new Error('not now');
      applied.push(table);
    },
    onError: (error) => errors.push(error),
  });
  t.teardown(() => {
    channels.sync.unsubscribe(onSync);
    channels.queued.unsubscribe(onQueued);
    return loop.close();
  });
  const listAll = (): void => {
    for (const kind of ['Service', 'EndpointSlice', 'Node'] as const) loop.sink.listed(kind);
  };
  const settle = async (ms = 10): Promise<void> => {
    clock.advance(ms);
    await new Promise(setImmediate);
  };
  return { loop, applied, errors, syncs, queued, faults, listAll, settle };
}

t.test('nothing is applied before every kind is listed; then all of it is one table', async (t) => {
  const { loop, applied, queued, settle } = setUp(t);
  loop.sink.apply(decoded(rawService()));
  loop.sink.listed('Service');
  loop.sink.listed('EndpointSlice');
  await settle(60_000);
  t.equal(loop.listed(), false);
  t.equal(applied.length, 0);
  loop.sink.apply(decoded(rawSlice('a', [rawEndpoint('10.0.0.1')])));
  loop.sink.listed('Node');
  await settle();
  await loop.firstSync;
  t.equal(applied.length, 1);
  t.equal(queued.length, 1, 'a change waits once');
  t.equal(loop.table(), applied[0]);
  t.equal(loop.table().routes.get('10.96.0.15:80/TCP')?.listens, true);
});

t.test('a label of the own Node that routing reads builds a table anew, another one does not', async (t) => {
  const { loop, applied, listAll, settle } = setUp(t);
  listAll();
  await settle();
  loop.sink.apply(decoded(NODE));
  await settle();
  t.same(
    applied.map(({ node }) => node.zone),
    ['', 'b'],
  );
  loop.sink.apply(decoded({ ...NODE, metadata: { ...NODE.metadata, resourceVersion: '9', annotations: { a: 'b' } } }));
  await settle();
  t.equal(applied.length, 2);
});

t.test('a sync that fails leaves the table in force, and is tried again with what came meanwhile', async (t) => {
  const { loop, applied, errors, syncs, faults, listAll, settle } = setUp(t);
  listAll();
  await settle();
  const before = loop.table();
  faults.left = 1;
  loop.sink.apply(decoded(rawService()));
  await settle();
  t.match(errors, [{ message: 'not now' }]);
  t.equal(loop.table(), before);
  t.equal(syncs.length, 1, 'it is not told as done');
  await settle(1_000);
  await settle();
  t.equal(applied.length, 2);
  t.ok(loop.table().services.has('shop/web'));
  t.equal(errors.length, 1);
});

t.test('a sync tells how many changes went into it, and their trigger times', async (t) => {
  const { loop, syncs, listAll, settle } = setUp(t);
  const annotations = { 'endpoints.kubernetes.io/last-change-trigger-time': '2024-01-02T00:00:00Z' };
  const labels = { 'kubernetes.io/service-name': 'web' };
  loop.sink.apply(decoded(rawService()));
  loop.sink.apply(decoded(rawSlice('a', [], { metadata: { namespace: 'shop', name: 'a', labels, annotations } })));
  listAll();
  await settle();
  t.match(syncs, [{ serviceChanges: 1, endpointChanges: 1, triggerTimesMs: [Date.parse('2024-01-02T00:00:00Z')] }]);
});
