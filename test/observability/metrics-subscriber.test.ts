import t from 'tap';
import { channels } from '../../src/observability/channels.ts';
import type { Metrics } from '../../src/observability/metrics-subscriber.ts';
import { frontendOf, portOf, routeOf, serviceRoutesOf, tableOf } from '../fixtures/admin.ts';
import { FakeClock } from '../fixtures/balancing.ts';
import { flowOf } from '../fixtures/flows.ts';
import { metricsRig, partsOf, publishEverything } from '../fixtures/metrics-text.ts';

async function textOf(metrics: Metrics): Promise<string> {
  return (await partsOf(metrics.renderMetrics())).join('');
}

t.test('what the channels tell is counted until close', async (t) => {
  const metrics = metricsRig(t);
  const expected = [
    'svclane_connections_total{namespace="shop",service="web",port="http",result="finished"} 1',
    'svclane_connect_duration_seconds_count 1',
    'svclane_dial_failures_total{error="ECONNREFUSED"} 1',
    'svclane_datagrams_dropped_total{reason="NOT_SENT"} 1',
    'svclane_ejections_total{cause="ECONNREFUSED"} 1',
    'svclane_ejections_suspended_total 1',
    'svclane_accept_paused 1',
    'svclane_queue_wait_seconds_count 1',
    'svclane_listener_errors_total 1',
    'svclane_capture_errors_total 1',
    'kubeproxy_proxy_healthz_total{code="200"} 0',
    'kubeproxy_proxy_healthz_total{code="503"} 1',
    'kubeproxy_proxy_livez_total{code="200"} 1',
    'kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds{ip_family="IPv4"} 0.005',
  ];
  publishEverything();
  const text = await textOf(metrics);
  for (const line of expected) t.match(text, `${line}\n`);
  metrics.close();
  publishEverything();
  t.match(await textOf(metrics), 'svclane_listener_errors_total 1\n');
});

t.test('there are series by endpoint only where they are asked for', async (t) => {
  const metrics = [metricsRig(t), metricsRig(t, { endpointLabels: true })];
  publishEverything();
  const texts = await Promise.all(metrics.map(textOf));
  t.same(
    texts.map((text) => text.includes('svclane_endpoint_flows_total{')),
    [false, true],
  );
});

t.test('the text is well formed: every sample follows its type, no name comes twice', async (t) => {
  const metrics = metricsRig(t);
  publishEverything();
  const types: string[] = [];
  for (const line of (await textOf(metrics)).trimEnd().split('\n')) {
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line)?.[1];
    if (type !== undefined) types.push(type);
    else if (!line.startsWith('# HELP ')) {
      t.match(line, /^[a-z_]+({([a-z_]+="([^"\\\n]|\\.)*",?)+})? [-+.\de]+$/i);
      t.ok(line.startsWith(types.at(-1) ?? '?'), line);
    }
  }
  t.equal(new Set(types).size, types.length);
});

t.test('the event loop turns many times while much is rendered', async (t) => {
  const endpoints = Array.from({ length: 10 }, (_, i) => `10.0.0.${i}:80`);
  const routes = [routeOf(frontendOf('10.96.0.15', 80), portOf('shop/web', endpoints))];
  const table = tableOf(
    1,
    Array.from({ length: 2000 }, (_, i) => serviceRoutesOf(`shop/s${i}`, routes)),
  );
  // Each look at the clock is a millisecond later: a turn after each second piece.
  const clock = new (class extends FakeClock {
    override monotonic(): number {
      this.advance(1);
      return super.monotonic();
    }
  })();
  const metrics = metricsRig(t, { clock, table: () => table, maxSeries: 100_000 });
  for (let i = 0; i < 2000; i++) {
    const servicePort = portOf(`shop/s${i}`, []);
    channels.flowEnded.publish(flowOf({ route: routeOf(frontendOf('10.96.0.15', 80), servicePort) }));
  }
  let turns = 0;
  let isDone = false;
  const turn = (): void => {
    turns += 1;
    if (!isDone) setImmediate(turn);
  };
  setImmediate(turn);
  const chunks = await partsOf(metrics.renderMetrics());
  isDone = true;
  t.ok(turns >= 15, `${turns} turns`);
  t.ok(chunks.every((text) => text.split('\n').length <= 1000));
  t.equal(chunks.join('').match(/^svclane_connections_total{/gm)?.length, 2000);
});
