import t, { type Test } from 'tap';
import { createDaemonHealth } from '../../src/daemon/daemon-health.ts';
import { channels } from '../../src/observability/channels.ts';
import { createClusterState } from '../../src/routing/cluster-state.ts';
import { SOURCE_STATUS, tableOf } from '../fixtures/admin.ts';
import { FakeClock } from '../fixtures/balancing.ts';
import { decoded } from '../fixtures/routing.ts';

const NODE = { kind: 'Node', metadata: { name: 'node-a' } };

function setUp(t: Test) {
  const clock = new FakeClock(1_000_000);
  const state = createClusterState({ serviceProxyName: '' });
  const facts = { listed: true, failedCount: 0 };
  const health = createDaemonHealth({
    clock,
    state,
    source: { status: () => SOURCE_STATUS },
    loop: { listed: () => facts.listed },
    listeners: {
      get failedCount() {
        return facts.failedCount;
      },
    },
  });
  t.teardown(() => health.close());
  const sync = (): void =>
    channels.sync.publish({
      table: tableOf(1, []),
      diff: { added: [], removed: [], changed: [], services: [] },
      durationMs: 1,
      serviceChanges: 0,
      endpointChanges: 0,
      triggerTimesMs: [],
    });
  const queue = (): void => channels.queued.publish({ atMs: clock.now() });
  const statuses = () => [health.view.health.healthz().status, health.view.health.livez().status];
  return { clock, state, facts, health, sync, queue, statuses };
}

t.test('a Node that is tainted for deletion, deleting or gone fails healthz alone, until it is back', async (t) => {
  const { state, sync, statuses } = setUp(t);
  sync();
  t.same(statuses(), [200, 200], 'a Node that is not known is eligible');
  const taints = [{ key: 'ToBeDeletedByClusterAutoscaler', effect: 'NoSchedule' }];
  for (const raw of [
    { ...NODE, spec: { taints } },
    { ...NODE, metadata: { ...NODE.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } },
  ]) {
    state.apply(decoded(raw));
    sync();
    t.same(statuses(), [503, 200]);
    state.apply(decoded(NODE));
    sync();
    t.same(statuses(), [200, 200]);
  }
  state.delete('Node', '', 'node-a');
  sync();
  t.same(statuses(), [503, 200]);
  state.apply(decoded(NODE));
  sync();
  t.same(statuses(), [200, 200]);
});

t.test('a change that waits too long fails both, one from before the lists were in does not', async (t) => {
  const { clock, facts, sync, queue, statuses } = setUp(t);
  facts.listed = false;
  queue();
  clock.advance(600_000);
  t.same(statuses(), [200, 200]);
  facts.listed = true;
  sync();
  queue();
  clock.advance(59_999);
  t.same(statuses(), [200, 200]);
  clock.advance(1);
  t.same(statuses(), [503, 503]);
  sync();
  t.same(statuses(), [200, 200]);
});

t.test('readiness asks for the first table, and for listeners that are bound', async (t) => {
  const { facts, health, sync } = setUp(t);
  const ready = (): boolean => health.view.readyChecks().every(({ ok }) => ok);
  t.equal(ready(), false);
  sync();
  t.equal(ready(), true);
  facts.failedCount = 2;
  t.match(health.view.readyChecks(), [{ name: 'sync' }, { name: 'listeners', ok: false, detail: /^2 / }]);
});
