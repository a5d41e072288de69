import t from 'tap';
import { describeRoute } from '../../src/admin/route-detail.ts';
import { History } from '../../src/routing/history.ts';
import { frontendOf, portOf, routeOf, serviceRoutesOf, tableOf, viewOf } from '../fixtures/admin.ts';
import { flowOf } from '../fixtures/flows.ts';

const web = portOf('shop/web', ['10.244.2.5:8080', '10.244.2.6:8080'], {
  sessionAffinity: 'ClientIP',
  sessionAffinityTimeoutSeconds: 10_800,
  nodePort: 30_080,
});
const six = portOf('shop/web', ['[fd00::5]:8080'], { key: 'shop/web:http/TCP/IPv6', family: 'IPv6' });
const admin = portOf('shop/web', ['10.244.2.5:9090'], {
  key: 'shop/web:admin/TCP/IPv4',
  portName: 'admin',
  port: 9090,
});
const routes = serviceRoutesOf(
  'shop/web',
  [
    routeOf(frontendOf('10.96.0.15', 80), web),
    routeOf(frontendOf('192.0.2.1', 30_080, { kind: 'nodePort' }), web),
    routeOf(frontendOf('fd96::f', 80), six),
    routeOf(frontendOf('10.96.0.15', 9090), admin),
  ],
  { conflicts: [{ frontend: frontendOf('198.51.100.1', 80), owner: 'shop/older' }] },
);

t.test('a port is told with its families, frontends, endpoints, and what changed', async (t) => {
  const history = new History(tableOf(0, []), { maxRevisions: 10, maxAgeMs: 86_400_000 });
  const before = tableOf(1, [serviceRoutesOf('shop/web', routes.routes.slice(0, 1))]);
  history.add(before, 50_000);
  const table = tableOf(2, [routes]);
  history.add(table, 90_000);
  const view = viewOf(table, {}, { history, liveFlows: async () => [flowOf()] });
  const asked = { namespace: 'shop', service: 'web', port: 'http' };
  const detail = await describeRoute(view, asked);
  t.match(detail, {
    generation: 2,
    type: 'ClusterIP',
    families: [
      {
        family: 'IPv4',
        nodePort: 30_080,
        algorithm: 'roundrobin',
        affinity: 'ClientIP 10800s',
        internalTrafficPolicy: 'Cluster',
        frontends: [{ kind: 'clusterIP', state: 'listening' }, { kind: 'nodePort' }],
        endpoints: [
          { endpoint: '10.244.2.5:8080', connections: 1 },
          { endpoint: '10.244.2.6:8080', connections: 0 },
        ],
      },
      { family: 'IPv6', affinity: 'None', endpoints: [{ endpoint: '[fd00::5]:8080' }] },
    ],
    conflicts: [{ frontend: '198.51.100.1:80/TCP', owner: 'shop/older' }],
    changes: [{ generation: 1 }, { generation: 2 }],
  });
  t.equal(detail.families.length, 2, 'the other port is not told');
});

t.test('a port is asked for by name or number, and one that is not there by what is', async (t) => {
  const view = viewOf(tableOf(2, [routes]));
  const portsOf = async (port: string) =>
    (await describeRoute(view, { namespace: 'shop', service: 'web', port })).families.map(({ portName }) => portName);
  t.same(await portsOf('80'), ['http', 'http']);
  t.same(await portsOf('9090/tcp'), ['admin']);
  t.same(await portsOf('admin@tcp'), ['admin']);
  for (const port of ['81', 'http2', '80/udp'])
    await t.rejects(portsOf(port), { statusCode: 404, code: 'PORT_NOT_FOUND' }, port);
});
