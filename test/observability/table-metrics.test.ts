import t from 'tap';
import type { RoutingTable } from '../../src/model/route.ts';
import { TableMetrics } from '../../src/observability/table-metrics.ts';
import { frontendOf, portOf, routeOf, serviceRoutesOf, tableOf } from '../fixtures/admin.ts';
import { endpointOf } from '../fixtures/balancing.ts';

const textOf = (metrics: TableMetrics, table: RoutingTable): string => [...metrics.pieces(table)].join('');

t.test('endpoints are counted by state', async (t) => {
  const port = portOf('shop/web', [], {
    endpoints: [
      endpointOf('10.0.0.1:80'),
      endpointOf('10.0.0.2:80', { ready: false, terminating: true }),
      endpointOf('10.0.0.3:80', { ready: false }),
    ],
  });
  const table = tableOf(1, [serviceRoutesOf('shop/web', [routeOf(frontendOf('10.96.0.15', 80), port)])]);
  const metrics = new TableMetrics();
  for (const state of ['ready', 'terminating', 'not-ready']) {
    t.match(textOf(metrics, table), `svclane_endpoints{state="${state}"} 1\n`);
  }
  t.match(textOf(metrics, tableOf(2, [])), 'svclane_endpoints{state="ready"} 0\n', 'of another table anew');
});

t.test('Local policies without local endpoints are counted by family', async (t) => {
  const port = portOf('shop/web', ['10.244.1.7:80'], { internalPolicyLocal: true, localEndpoints: [] });
  const table = tableOf(1, [serviceRoutesOf('shop/web', [routeOf(frontendOf('10.96.0.15', 80), port)])]);
  const gauge = 'kubeproxy_sync_proxy_rules_no_local_endpoints_total';
  const metrics = new TableMetrics();
  t.match(textOf(metrics, tableOf(0, [])), `${gauge}{ip_family="IPv4",traffic_policy="internal"} 0\n`);
  const text = textOf(metrics, table);
  t.match(text, `${gauge}{ip_family="IPv4",traffic_policy="internal"} 1\n`);
  t.match(text, `${gauge}{ip_family="IPv6",traffic_policy="internal"} 0\n`);
  t.match(text, `${gauge}{ip_family="IPv4",traffic_policy="external"} 0\n`);
});

t.test('a large table is counted in steps, and only once', async (t) => {
  const routes = [routeOf(frontendOf('10.96.0.15', 80), portOf('shop/web', ['10.0.0.1:80']))];
  const services = Array.from({ length: 1000 }, (_, i) => serviceRoutesOf(`shop/s${i}`, routes));
  const table = tableOf(1, services);
  const metrics = new TableMetrics();
  const steps = [...metrics.pieces(table)].length;
  t.ok(steps >= 10, `${steps} steps`);
  t.match(textOf(metrics, table), 'svclane_endpoints{state="ready"} 1000\n');
  t.equal([...metrics.pieces(table)].length, 1);
});
