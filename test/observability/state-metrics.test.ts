import t from 'tap';
import { StateMetrics } from '../../src/observability/state-metrics.ts';
import { SOURCE_STATUS } from '../fixtures/admin.ts';
import { FakeClock } from '../fixtures/balancing.ts';

t.test('the state of the moment is read when it is rendered', (t) => {
  const metrics = new StateMetrics({
    clock: new FakeClock(100_000),
    counts: () => ({ listening: 5, idle: 2, failed: 1 }),
    pending: () => ({ serviceChanges: 2, endpointChanges: 3 }),
    source: { status: () => SOURCE_STATUS },
  });
  const text = metrics.render();
  for (const line of [
    'svclane_listeners{state="listening"} 5',
    'svclane_listeners{state="failed"} 1',
    'kubeproxy_sync_proxy_rules_service_changes_pending{ip_family="IPv4"} 2',
    'kubeproxy_sync_proxy_rules_endpoint_changes_pending{ip_family="IPv6"} 3',
    'svclane_watch_last_event_age_seconds{resource="Service"} 30',
    'svclane_watch_stale{resource="Service"} 1',
    'svclane_watch_restarts_total{resource="Service"} 2',
  ]) {
    t.match(text, `${line}\n`);
  }
  t.end();
});
