import t from 'tap';
import { healthCheckNodePorts } from '../../src/routing/health-check-node-ports.ts';
import { CONDITIONS, rawEndpoint, rawService, rawSlice, tableWith } from '../fixtures/routing.ts';

const LOCAL = { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 31_000 };

t.test(
  'a Service has its port with the distinct ready endpoints on this node; terminating ones do not count',
  async (t) => {
    const ports = [
      { name: 'http', port: 80 },
      { name: 'admin', port: 81 },
    ];
    const slicePorts = [
      { name: 'http', port: 8080 },
      { name: 'admin', port: 8081 },
    ];
    const endpoints = [
      rawEndpoint('10.0.0.2', { nodeName: 'node-a' }),
      rawEndpoint('10.0.0.1', { nodeName: 'node-a', hints: { forZones: [{ name: 'elsewhere' }] } }),
      rawEndpoint('10.0.0.3', { nodeName: 'node-a', conditions: CONDITIONS.standby }),
      rawEndpoint('10.0.0.4', { nodeName: 'node-b' }),
    ];
    const table = tableWith([rawService({ ...LOCAL, ports }), rawSlice('a', endpoints, { ports: slicePorts })]);
    t.same(healthCheckNodePorts(table), [{ key: 'shop/web', port: 31_000, localReadyIPs: ['10.0.0.1', '10.0.0.2'] }]);
  },
);

t.test('a Service that is not routed has none', async (t) => {
  const labels = { 'service.kubernetes.io/service-proxy-name': 'x' };
  const table = tableWith([
    rawService(LOCAL, { labels }),
    rawService({ ...LOCAL, ports: [] }, { name: 'portless' }),
    rawService({ ...LOCAL, healthCheckNodePort: 0 }, { name: 'zero' }),
    rawService({ ...LOCAL, clusterIP: '10.96.0.16', clusterIPs: ['10.96.0.16'] }, { name: 'b' }),
    rawService({ ...LOCAL, clusterIP: '10.96.0.17', clusterIPs: ['10.96.0.17'] }, { name: 'a' }),
  ]);
  t.same(
    healthCheckNodePorts(table).map(({ key }) => key),
    ['shop/a', 'shop/b'],
  );
});
