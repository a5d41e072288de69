import t from 'tap';
import { channels } from '../../src/observability/channels.ts';
import { createMetrics } from '../../src/observability/metrics-subscriber.ts';
import { frontendOf, portOf, SOURCE_STATUS, tableOf } from '../fixtures/admin.ts';
import { FakeClock } from '../fixtures/balancing.ts';
import { ejectionOf } from '../fixtures/ejections.ts';
import { flowOf } from '../fixtures/flows.ts';

function publishAll(): void {
  const flow = flowOf({ end: { cause: 'finished' } });
  channels.flowOpened.publish(flow);
  channels.flowEnded.publish(flow);
  channels.dialFailed.publish({ flow, endpoint: 'x', errno: 'ECONNREFUSED', elapsedMs: 1 });
  const frontend = frontendOf('10.96.0.10', 53);
  channels.datagramDropped.publish({ frontend, reason: 'not-sent' });
  const listener = { frontend, servicePort: portOf('shop/web', []), boundAddress: '', boundPort: 0 };
  channels.listenerFailed.publish({ ...listener, error: new Error('x'), retryInMs: 1 });
  channels.endpointEjected.publish(ejectionOf());
  channels.ejectionSuspended.publish({ ...ejectionOf(), eligible: 2, ejected: 2, forced: 1 });
  channels.waitEnded.publish({ flow, waitedMs: 20, served: true });
  channels.healthAnswered.publish({ endpoint: 'healthz', status: 503 });
  channels.healthAnswered.publish({ endpoint: 'livez', status: 200 });
  channels.queued.publish({ atMs: 5 });
}

function syncWithout(service: string): void {
  channels.sync.publish({
    table: tableOf(3, []),
    diff: { added: [], removed: [], changed: [], services: [service] },
    durationMs: 1,
    serviceChanges: 1,
    endpointChanges: 0,
    triggerTimesMs: [],
  });
}

t.test('what the channels tell is counted until close', (t) => {
  const metrics = createMetrics({
    clock: new FakeClock(),
    counts: () => ({ listening: 0, idle: 0, failed: 0 }),
    table: () => tableOf(1, []),
    source: { status: () => SOURCE_STATUS },
  });
  const expected = [
    'svclane_connections_total{namespace="shop",service="web",port="http",result="finished"} 1',
    'svclane_dial_failures_total{error="ECONNREFUSED"} 1',
    'svclane_datagrams_dropped_total{reason="not-sent"} 1',
    'svclane_ejections_total{cause="ECONNREFUSED"} 1',
    'svclane_ejections_suspended_total 1',
    'svclane_queue_wait_seconds_count 1',
    'svclane_listener_errors_total 1',
    'kubeproxy_proxy_healthz_total{code="200"} 0',
    'kubeproxy_proxy_healthz_total{code="503"} 1',
    'kubeproxy_proxy_livez_total{code="200"} 1',
    'kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds{ip_family="IPv4"} 0.005',
  ];
  publishAll();
  for (const line of expected) t.match(metrics.renderMetrics(), `${line}\n`);
  syncWithout('shop/web');
  t.notMatch(metrics.renderMetrics(), 'service="web"');
  metrics.close();
  publishAll();
  t.match(metrics.renderMetrics(), 'svclane_listener_errors_total 1\n');
  t.end();
});

t.test('the text is well formed: every sample follows its type, no name comes twice', (t) => {
  const metrics = createMetrics({
    clock: new FakeClock(),
    counts: () => ({ listening: 0, idle: 0, failed: 0 }),
    table: () => tableOf(1, []),
    source: { status: () => SOURCE_STATUS },
  });
  t.teardown(() => metrics.close());
  publishAll();
  const types: string[] = [];
  for (const line of metrics.renderMetrics().trimEnd().split('\n')) {
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line)?.[1];
    if (type !== undefined) types.push(type);
    else if (!line.startsWith('# HELP ')) {
      t.match(line, /^[a-z_]+({([a-z_]+="([^"\\\n]|\\.)*",?)+})? [-+.\de]+$/i);
      t.ok(line.startsWith(types.at(-1) ?? '?'), line);
    }
  }
  t.equal(new Set(types).size, types.length);
  t.end();
});
