import t from 'tap';
import { TrafficMetrics } from '../../src/observability/traffic-metrics.ts';
import { flowOf } from '../fixtures/flows.ts';

const WEB = 'namespace="shop",service="web",port="http"';

t.test('flows are counted while they live and by how they ended', (t) => {
  const metrics = new TrafficMetrics();
  const flows = [flowOf(), flowOf(), flowOf({ protocol: 'UDP' })];
  for (const flow of flows) metrics.opened(flow);
  t.match(metrics.render(), `svclane_connections_active{${WEB}} 2\n`);
  t.match(metrics.render(), `svclane_udp_sessions_active{${WEB}} 1\n`);
  t.notMatch(metrics.render(), 'svclane_connections_total{');
  for (const flow of flows) metrics.ended(Object.assign(flow, { end: { cause: 'finished' } }));
  t.match(metrics.render(), `svclane_connections_total{${WEB},result="finished"} 2\n`);
  t.match(metrics.render(), `svclane_udp_sessions_total{${WEB},result="finished"} 1\n`);
  t.notMatch(metrics.render(), '_active{');
  t.end();
});

t.test('bytes of living flows count, and stay counted when they end', (t) => {
  const metrics = new TrafficMetrics();
  const flow = flowOf({ bytesIn: 3, bytesOut: 4 });
  metrics.opened(flow);
  for (const end of [undefined, { cause: 'finished' } as const]) {
    if (end) metrics.ended(Object.assign(flow, { end }));
    t.match(metrics.render(), 'svclane_bytes_total{direction="in"} 3\nsvclane_bytes_total{direction="out"} 4\n');
  }
  t.end();
});

t.test('a retry is a dial after a failed one', (t) => {
  const tried = { endpoint: 'x', errno: 'ECONNREFUSED', elapsedMs: 1 };
  const metrics = new TrafficMetrics();
  metrics.ended(flowOf({ failedTries: [tried, tried], end: { cause: 'finished' } }));
  metrics.ended(flowOf({ failedTries: [tried, tried, tried], end: { cause: 'dial-failed' } }));
  metrics.ended(flowOf({ end: { cause: 'no-endpoint' } }));
  t.match(metrics.render(), 'svclane_dial_retries_total 4\n');
  t.match(metrics.render(), 'svclane_no_endpoint_total{reason="no-endpoint"} 1\n');
  for (const errno of ['ECONNREFUSED', 'ECONNREFUSED', 'ETIMEDOUT']) metrics.dialFailed({ errno });
  metrics.datagramDropped({ reason: 'not-sent' });
  t.match(metrics.render(), 'svclane_dial_failures_total{error="ECONNREFUSED"} 2\n');
  t.match(metrics.render(), 'svclane_datagrams_dropped_total{reason="not-sent"} 1\n');
  t.end();
});

t.test('the series of a Service go with it', (t) => {
  const metrics = new TrafficMetrics();
  metrics.ended(flowOf({ end: { cause: 'finished' } }));
  metrics.forget(new Set(['shop/other']));
  t.match(metrics.render(), WEB);
  metrics.forget(new Set(['shop/web']));
  t.notMatch(metrics.render(), WEB);
  t.end();
});
