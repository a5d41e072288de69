import t from 'tap';
import type { LaneTarget } from '../../src/model/route.ts';
import { traceEndpoints } from '../../src/routing/decide-trace.ts';
import { CONDITIONS, rawEndpoint, rawService, rawSlice, tableWith } from '../fixtures/routing.ts';

const LANE: LaneTarget = {
  namespace: 'shop',
  service: 'web',
  port: 'http',
  protocol: 'TCP',
  address: '127.0.0.1',
  localPort: 8080,
};

t.test('each endpoint is out once, and what is in at the end is what the table has', async (t) => {
  const endpoints = [
    rawEndpoint('10.0.0.1', { nodeName: 'node-a' }),
    rawEndpoint('10.0.0.2', { nodeName: 'node-a', conditions: CONDITIONS.standby }),
    rawEndpoint('10.0.0.3', { nodeName: 'node-b', conditions: CONDITIONS.standby }),
    rawEndpoint('10.0.0.4', { nodeName: 'node-b', conditions: CONDITIONS.notReady }),
  ];
  const table = tableWith([rawService({ internalTrafficPolicy: 'Local' }), rawSlice('a', endpoints)]);
  const service = table.services.get('shop/web');
  const [route] = service?.routes ?? [];
  const steps = service && route ? traceEndpoints(service, route, 'pod', table.node) : [];
  const out = steps.flatMap((step) => step.out.map(({ code, subject }) => `${step.name} ${subject} ${code}`));
  t.same(out.sort(), [
    'conditions 10.0.0.2:8080 EP_TERMINATING_STANDBY',
    'conditions 10.0.0.4:8080 EP_NOT_READY',
    'policy 10.0.0.3:8080 EP_NOT_LOCAL',
  ]);
  t.same(
    steps.at(-1)?.in,
    route?.servicePort.localEndpoints?.map(({ key }) => key),
  );
});

t.test('a lane is told to know no policy', async (t) => {
  const table = tableWith([rawService(), rawSlice('a', [rawEndpoint('10.0.0.1')])], { lanes: [LANE] });
  const service = table.services.get('shop/web');
  const route = service?.routes.find(({ frontend }) => frontend.kind === 'local');
  const steps = service && route ? traceEndpoints(service, route, 'node', table.node) : [];
  t.equal(steps.find(({ name }) => name === 'policy')?.detail, 'none: a lane knows no traffic policy');
});
