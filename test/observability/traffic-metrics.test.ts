import t from 'tap';
import { TrafficMetrics } from '../../src/observability/traffic-metrics.ts';
import { tableOf } from '../fixtures/admin.ts';
import { flowOf } from '../fixtures/flows.ts';

const TRIED = { endpoint: 'x', errno: 'ECONNREFUSED', elapsedMs: 1 };

function setUp(endpointLabels = false) {
  const metrics = new TrafficMetrics({ maxSeries: 100, endpointLabels });
  return { metrics, text: () => [...metrics.pieces(0, tableOf(1, []))].join('') };
}

t.test('a retry is a dial after a failed one', async (t) => {
  const { metrics, text } = setUp();
  metrics.ended(flowOf({ failedTries: [TRIED, TRIED], end: { cause: 'finished' } }));
  metrics.ended(flowOf({ failedTries: [TRIED, TRIED, TRIED], end: { cause: 'dial-failed' } }));
  metrics.ended(flowOf({ end: { cause: 'no-endpoint' } }));
  t.match(text(), 'svclane_dial_retries_total 4\n');
  t.match(text(), 'svclane_no_endpoint_total{reason="no-endpoint"} 1\n');
  t.match(text(), 'svclane_no_endpoint_total{reason="wait-over"} 0\n', 'what can happen is there before it does');
});

t.test('dials that fail are counted by errno, datagrams that are dropped by reason', async (t) => {
  const { metrics, text } = setUp();
  for (const errno of ['ECONNREFUSED', 'ECONNREFUSED', 'EPIPE']) {
    metrics.dialFailed({ ...TRIED, errno, flow: flowOf() });
  }
  metrics.datagramDropped({ reason: 'NOT_SENT' });
  t.match(text(), 'svclane_dial_failures_total{error="ECONNREFUSED"} 2\n');
  t.match(text(), 'svclane_dial_failures_total{error="EPIPE"} 1\n');
  t.match(text(), 'svclane_datagrams_dropped_total{reason="NOT_SENT"} 1\n');
});

t.test('how long connecting took is a histogram, as soon as it is known', async (t) => {
  const { metrics, text } = setUp();
  for (const connectMs of [0.2, 40, undefined]) metrics.connected(flowOf({ connectMs }));
  t.match(text(), 'svclane_connect_duration_seconds_bucket{le="0.00025"} 1\n');
  t.match(text(), 'svclane_connect_duration_seconds_bucket{le="0.05"} 2\n');
  t.match(text(), 'svclane_connect_duration_seconds_count 2\n');
});

t.test('a flow is one of its Service port, of the volume, and where it is asked for of its endpoint', async (t) => {
  for (const labelled of [false, true]) {
    const { metrics, text } = setUp(labelled);
    const flow = flowOf({ bytesIn: 3 });
    metrics.opened(flow);
    metrics.ended(Object.assign(flow, { end: { cause: 'finished' } }));
    metrics.dialFailed({ ...TRIED, flow });
    t.match(text(), /^svclane_connections_total{.*result="finished"} 1$/m);
    t.match(text(), /^svclane_connections_active{.*} 0$/m);
    t.match(text(), 'svclane_bytes_total{direction="in"} 3\n');
    t.equal(/^svclane_endpoint_flows_total{.*endpoint="10.244.2.5:8080",result="finished"} 1$/m.test(text()), labelled);
    t.equal(/^svclane_endpoint_dial_failures_total{.*endpoint="x",error="ECONNREFUSED"} 1$/m.test(text()), labelled);
  }
});
