import t from 'tap';
import { locateRoute } from '../../src/routing/locate-route.ts';
import { rawService, tableWith } from '../fixtures/routing.ts';

const at = (destinationAddress: string, destinationPort: number, protocol: 'TCP' | 'UDP' = 'TCP') => {
  return { destinationAddress, destinationPort, protocol, sourceAddress: '10.0.0.9' };
};

t.test('an address with a route leads to it', async (t) => {
  const table = tableWith([rawService()]);
  const { route, service, verdict, steps } = locateRoute(table, at('10.96.0.15', 80));
  t.equal(route, table.routes.get('10.96.0.15:80/TCP'));
  t.equal(service, table.services.get('shop/web'));
  t.equal(verdict, undefined);
  t.same(
    steps.map(({ name }) => name),
    ['service', 'port', 'family'],
  );
});

t.test('a cluster IP is ours whole, where cluster IPs are wanted', async (t) => {
  const wanted = tableWith([rawService()]);
  t.match(locateRoute(wanted, at('10.96.0.15', 81)).verdict, { action: 'reject', reason: 'PORT_UNKNOWN' });
  t.match(locateRoute(wanted, at('10.96.0.15', 80, 'UDP')).verdict, { action: 'reject' });
  const frontends = { clusterIP: false, nodePorts: true, externalIPs: true, loadBalancerIPs: true };
  t.match(locateRoute(tableWith([rawService()], { frontends }), at('10.96.0.15', 81)).verdict, { action: 'ignore' });
});

t.test('an external IP is ours at its ports only', async (t) => {
  const table = tableWith([rawService({ externalIPs: ['203.0.113.9'] })]);
  t.match(locateRoute(table, at('203.0.113.9', 81)).verdict, { action: 'ignore', reason: 'NOT_OURS' });
});

t.test('the cluster IP of a Service that is not routed is nobody’s', async (t) => {
  const labels = { 'service.kubernetes.io/service-proxy-name': 'x' };
  t.match(locateRoute(tableWith([rawService({}, { labels })]), at('10.96.0.15', 80)).verdict, { action: 'ignore' });
});
