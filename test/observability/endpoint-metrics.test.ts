import t from 'tap';
import { EndpointMetrics } from '../../src/observability/endpoint-metrics.ts';
import { SeriesBudget } from '../../src/observability/metric-family.ts';
import { GONE_FOR_MS } from '../../src/observability/series-groups.ts';
import { serviceRoutesOf, tableOf } from '../fixtures/admin.ts';
import { flowOf } from '../fixtures/flows.ts';

const WEB = 'namespace="shop",service="web",port="http"';

t.test('flows and failed dials are counted by endpoint, which go when their pod is gone', async (t) => {
  const metrics = new EndpointMetrics(new SeriesBudget(100));
  const text = () => [...metrics.pieces()].join('');
  const flow = flowOf({ end: { cause: 'finished' } });
  for (let i = 0; i < 2; i++) metrics.ended(flow);
  metrics.ended(flowOf({ endpoint: undefined, end: { cause: 'dial-failed' } }));
  metrics.dialFailed(flow, { endpoint: '10.9.9.9:80', errno: 'ECONNREFUSED' });
  t.match(text(), `svclane_endpoint_flows_total{${WEB},endpoint="10.244.2.5:8080",result="finished"} 2\n`);
  const failures = `svclane_endpoint_dial_failures_total{${WEB},endpoint="10.9.9.9:80",error="ECONNREFUSED"} 1\n`;
  t.match(text(), failures);
  const table = tableOf(1, [serviceRoutesOf('shop/web', [flow.route])]);
  for (const nowMs of [0, GONE_FOR_MS]) for (const _ of metrics.sweep(nowMs, table)) t.fail('few are swept in one go');
  t.match(text(), 'endpoint="10.244.2.5:8080"');
  t.notMatch(text(), failures);
});

t.test('beyond the budget the rest is one endpoint', async (t) => {
  const metrics = new EndpointMetrics(new SeriesBudget(1));
  for (const endpoint of ['a', 'b', 'c']) metrics.dialFailed(flowOf(), { endpoint, errno: 'EPIPE' });
  const other = 'namespace="other",service="other",port="other",endpoint="other",error="EPIPE"';
  t.match([...metrics.pieces()].join(''), `{${other}} 2\n`);
});
