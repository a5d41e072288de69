import t from 'tap';
import type { FlowEndCause } from '../../src/model/flow.ts';
import type { RoutingTable } from '../../src/model/route.ts';
import { SeriesBudget } from '../../src/observability/metric-family.ts';
import { PortMetrics, portsWithLabels, serviceLabels } from '../../src/observability/port-metrics.ts';
import { GONE_FOR_MS } from '../../src/observability/series-groups.ts';
import { frontendOf, portOf, routeOf, serviceRoutesOf, tableOf } from '../fixtures/admin.ts';
import { flowOf } from '../fixtures/flows.ts';

const WEB = 'namespace="shop",service="web",port="http"';
const OTHER = 'namespace="other",service="other",port="other"';
const EMPTY = tableOf(2, []);

function setUp(maxSeries = 100) {
  const metrics = new PortMetrics(new SeriesBudget(maxSeries));
  const text = () => [...metrics.pieces()].join('');
  const sweep = (nowMs: number, table: RoutingTable) => [...metrics.sweep(nowMs, table)];
  return { metrics, text, sweep };
}

function flowTo(service: string, cause?: FlowEndCause) {
  const route = routeOf(frontendOf('10.96.0.15', 80), portOf(service, []));
  return flowOf({ route, end: cause && { cause } });
}

t.test('flows are counted while they live and by how they ended', async (t) => {
  const { metrics, text } = setUp();
  const flows = [flowOf(), flowOf(), flowOf({ protocol: 'UDP' })];
  for (const flow of flows) metrics.opened(flow);
  t.match(text(), `svclane_connections_active{${WEB}} 2\n`);
  t.match(text(), `svclane_udp_sessions_active{${WEB}} 1\n`);
  t.notMatch(text(), 'svclane_connections_total{');
  for (const flow of flows) metrics.ended(Object.assign(flow, { end: { cause: 'finished' } }), true);
  t.match(text(), `svclane_connections_total{${WEB},result="finished"} 2\n`);
  t.match(text(), `svclane_udp_sessions_total{${WEB},result="finished"} 1\n`);
  t.match(text(), `svclane_connections_active{${WEB}} 0\n`);
  metrics.ended(flowTo('shop/web', 'shed'), false);
  t.match(text(), `svclane_connections_active{${WEB}} 0\n`, 'one that was never opened lives not less');
});

t.test('beyond the budget the rest is one Service, and by results the totals stay right', async (t) => {
  const { metrics, text } = setUp(2);
  for (const service of ['shop/web', 'shop/a', 'shop/b']) {
    const live = flowTo(service);
    for (const cause of ['finished', 'dial-failed'] as const) metrics.ended(flowTo(service, cause), false);
    metrics.opened(live);
  }
  t.match(text(), `svclane_connections_total{${WEB},result="finished"} 1\n`);
  t.match(text(), `svclane_connections_total{${WEB},result="dial-failed"} 1\n`);
  t.match(text(), `svclane_connections_total{${OTHER},result="finished"} 2\n`);
  t.match(text(), `svclane_connections_total{${OTHER},result="dial-failed"} 2\n`);
  t.match(text(), `svclane_connections_active{${OTHER}} 3\n`);
});

t.test('the series of a Service that is gone go after a while, but not while flows of it live', async (t) => {
  const { metrics, text, sweep } = setUp();
  const flow = flowTo('shop/web');
  metrics.opened(flow);
  for (const nowMs of [0, GONE_FOR_MS]) sweep(nowMs, EMPTY);
  t.match(text(), WEB);
  metrics.ended(flow, true);
  for (const nowMs of [GONE_FOR_MS, 2 * GONE_FOR_MS]) sweep(nowMs, EMPTY);
  t.equal(text(), '');
  metrics.ended(flow, false);
  t.match(text(), `svclane_connections_total{${WEB},result="finished"} 1\n`, 'and nothing is counted unseen');
});

t.test('a Service port that is in the table stays, also with other objects behind its name', async (t) => {
  const { metrics, text, sweep } = setUp();
  metrics.ended(flowTo('shop/web', 'finished'), false);
  const { route } = flowTo('shop/web');
  const table = tableOf(3, [serviceRoutesOf('shop/web', [route])]);
  for (const nowMs of [0, GONE_FOR_MS]) sweep(nowMs, table);
  metrics.ended(flowTo('shop/web', 'finished'), false);
  t.match(text(), `svclane_connections_total{${WEB},result="finished"} 2\n`);
});

t.test('a port without a name is its number', async (t) => {
  const port = portOf('shop/web', [], { portName: '', port: 80 });
  const table = tableOf(1, [serviceRoutesOf('shop/web', [routeOf(frontendOf('10.96.0.15', 80), port)])]);
  t.same(serviceLabels(port), ['shop', 'web', '80']);
  t.same(portsWithLabels(table, ['shop', 'web', '80']), [port]);
  t.same(portsWithLabels(table, ['shop', 'web', 'http']), []);
});
