import t from 'tap';
import type { RoutingTable } from '../../src/model/route.ts';
import { SyncMetrics } from '../../src/observability/sync-metrics.ts';
import { tableOf } from '../fixtures/admin.ts';
import { FakeClock } from '../fixtures/balancing.ts';

function setUp() {
  const clock = new FakeClock(1_000_000);
  const metrics = new SyncMetrics(clock);
  const sync = (table: RoutingTable, triggerTimesMs: readonly number[] = []) =>
    metrics.synced({
      table,
      diff: { added: [], removed: [], changed: [], services: [] },
      durationMs: 4,
      serviceChanges: 2,
      endpointChanges: 3,
      triggerTimesMs,
    });
  return { metrics, sync };
}

t.test("kube-proxy's names are there for both families", (t) => {
  const { metrics, sync } = setUp();
  metrics.queued({ atMs: 999_500 });
  sync(tableOf(1, []));
  const text = metrics.render();
  for (const family of ['IPv4', 'IPv6']) {
    const lines = [
      `sync_proxy_rules_duration_seconds_bucket{ip_family="${family}",le="0.002"} 0`,
      `sync_proxy_rules_duration_seconds_bucket{ip_family="${family}",le="0.004"} 1`,
      `sync_proxy_rules_duration_seconds_bucket{ip_family="${family}",le="16.384"} 1`,
      `sync_proxy_rules_last_timestamp_seconds{ip_family="${family}"} 1000`,
      `sync_proxy_rules_last_queued_timestamp_seconds{ip_family="${family}"} 999.5`,
      `sync_proxy_rules_service_changes_total{ip_family="${family}"} 2`,
      `sync_proxy_rules_endpoint_changes_total{ip_family="${family}"} 3`,
    ];
    for (const line of lines) t.match(text, `kubeproxy_${line}\n`);
  }
  t.match(text, 'svclane_sync_duration_seconds_count 1\n');
  t.match(text, 'svclane_table_generation 1\n');
  t.end();
});

t.test('a sync is full at first and when the node changed, else partial', (t) => {
  const { metrics, sync } = setUp();
  const first = tableOf(1, []);
  sync(first);
  sync({ ...first, generation: 2 });
  sync({ ...first, generation: 3, node: { ...first.node } });
  t.match(metrics.render(), 'kubeproxy_sync_full_proxy_rules_duration_seconds_count{ip_family="IPv4"} 2\n');
  t.match(metrics.render(), 'kubeproxy_sync_partial_proxy_rules_duration_seconds_count{ip_family="IPv4"} 1\n');
  t.end();
});

t.test('programming is measured from every trigger, in the buckets of kube-proxy', (t) => {
  const { metrics, sync } = setUp();
  sync(tableOf(1, []), [999_900, 940_000, 1_000_500]);
  const text = metrics.render();
  const bounds = [...text.matchAll(/network_programming_duration_seconds_bucket{ip_family="IPv4",le="([^"]+)"/g)];
  t.equal(
    bounds
      .map(([, bound]) => bound)
      .join(' ')
      .replace(/ 2 .* 58 /, ' … '),
    expectedBounds(),
  );
  t.equal(bounds.length, 2 + 59 + 12 + 7 + 1);
  t.match(text, 'kubeproxy_network_programming_duration_seconds_bucket{ip_family="IPv4",le="59"} 2\n');
  t.match(text, 'kubeproxy_network_programming_duration_seconds_bucket{ip_family="IPv4",le="60"} 3\n');
  t.match(text, 'svclane_programming_duration_seconds_count 3\n');
  t.end();
});

function expectedBounds(): string {
  return '0.25 0.5 1 … 59 60 65 70 75 80 85 90 95 100 105 110 115 120 150 180 210 240 270 300 +Inf';
}
