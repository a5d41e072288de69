import t from 'tap';
import { StateMetrics } from '../../src/observability/state-metrics.ts';
import { frontendOf, portOf, routeOf, SOURCE_STATUS, serviceRoutesOf, tableOf } from '../fixtures/admin.ts';
import { endpointOf, FakeClock } from '../fixtures/balancing.ts';

t.test('the state of the moment is read when it is rendered', (t) => {
  const port = portOf('shop/web', [], {
    endpoints: [
      endpointOf('10.0.0.1:80'),
      endpointOf('10.0.0.2:80', { ready: false, terminating: true }),
      endpointOf('10.0.0.3:80', { ready: false }),
    ],
  });
  const table = tableOf(1, [serviceRoutesOf('shop/web', [routeOf(frontendOf('10.96.0.15', 80), port)])]);
  const metrics = new StateMetrics({
    clock: new FakeClock(100_000),
    counts: () => ({ listening: 5, idle: 2, failed: 1 }),
    pending: () => ({ serviceChanges: 2, endpointChanges: 3 }),
    table: () => table,
    source: { status: () => SOURCE_STATUS },
    version: '1.2.3',
  });
  t.teardown(() => metrics.close());
  const text = metrics.render();
  for (const line of [
    'svclane_endpoints{state="ready"} 1',
    'svclane_endpoints{state="terminating"} 1',
    'svclane_endpoints{state="not-ready"} 1',
    'svclane_listeners{state="listening"} 5',
    'svclane_listeners{state="failed"} 1',
    'kubeproxy_sync_proxy_rules_service_changes_pending{ip_family="IPv4"} 2',
    'kubeproxy_sync_proxy_rules_endpoint_changes_pending{ip_family="IPv6"} 3',
    'svclane_watch_last_event_age_seconds{resource="Service"} 30',
    'svclane_watch_stale{resource="Service"} 1',
    'svclane_watch_restarts_total{resource="Service"} 2',
    `svclane_build_info{version="1.2.3",node="${process.versions.node}"} 1`,
  ]) {
    t.match(text, `${line}\n`);
  }
  t.match(text, /^process_resident_memory_bytes \d+$/m);
  t.match(text, /^svclane_eventloop_lag_seconds [\d.e-]+$/m);
  t.end();
});
