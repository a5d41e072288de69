import t from 'tap';
import { buildAdminApp } from '../../src/admin/admin-app.ts';
import { endpointId, findEndpoint } from '../../src/admin/endpoint-id.ts';
import type { EndpointExclusion } from '../../src/admin/view.ts';
import { frontendOf, portOf, routeOf, serviceRoutesOf, tableOf, viewOf } from '../fixtures/admin.ts';
import { endpointOf } from '../fixtures/balancing.ts';

const TOKEN = 'a-token-for-the-tests';
const headers = { authorization: `Bearer ${TOKEN}` };

const web = portOf('shop/web', ['10.244.1.7:8080', '10.244.1.8:8080']);
const lane = portOf('shop/web', ['10.244.1.7:8080'], { key: 'shop/web:http/TCP/IPv4/lane' });
const dns = portOf('shop/dns', ['[fd00::7]:53'], {
  key: 'shop/dns:/UDP/IPv6',
  portName: '',
  protocol: 'UDP',
  port: 53,
});
const table = tableOf(3, [
  serviceRoutesOf('shop/web', [
    routeOf(frontendOf('10.96.0.15', 80), web),
    routeOf(frontendOf('127.0.0.1', 8080, { kind: 'local' }), lane),
  ]),
  serviceRoutesOf('shop/dns', [routeOf(frontendOf('fd96::a', 53, { protocol: 'UDP' }), dns)]),
]);

t.test('an id means one endpoint of one Service port, with the ports that lanes have', async (t) => {
  const cases = [
    [web, '10.244.1.7:8080', 'shop~web~http~TCP~10.244.1.7~8080', [web.key, lane.key]],
    [web, '10.244.1.8:8080', 'shop~web~http~TCP~10.244.1.8~8080', [web.key]],
    [dns, '[fd00::7]:53', 'shop~dns~~UDP~fd00::7~53', [dns.key]],
  ] as const;
  for (const [port, key, id, ports] of cases) {
    t.equal(endpointId(port, endpointOf(key)), id);
    const found = findEndpoint(table, id);
    t.equal(found.endpoint.key, key);
    t.same(
      found.servicePorts.map((servicePort) => servicePort.key),
      ports,
    );
  }
  const unknown = [
    '',
    'shop~web',
    'shop~web~http~UDP~10.244.1.7~8080',
    'shop~web~~TCP~10.244.1.7~8080',
    'shop~web~http~TCP~10.244.1.7~8081',
    'shop~web~http~TCP~10.244.1.9~8080',
    'shop~api~http~TCP~10.244.1.7~8080',
    'shop~web~http~TCP~name~8080',
  ];
  for (const id of unknown)
    t.throws(() => findEndpoint(table, id), { statusCode: 404, code: 'ENDPOINT_NOT_FOUND' }, id);
});

t.test('a drain and a restore reach every Service port that has the endpoint', async (t) => {
  const done: string[] = [];
  const drained = new Set<string>();
  const view = viewOf(
    table,
    {},
    {
      drainEndpoint: async ({ key }, endpoint) => {
        done.push(`drain ${key} ${endpoint.key}`);
        drained.add(key);
        return true;
      },
      restoreEndpoint: async ({ key }, endpoint) => {
        done.push(`restore ${key} ${endpoint.key}`);
        return drained.delete(key);
      },
      exclusions: () => [...drained].map((key) => quarantined(key === web.key ? web : lane)),
    },
  );
  const app = buildAdminApp(view, { token: () => TOKEN });
  t.teardown(() => app.close());
  const id = 'shop~web~http~TCP~10.244.1.7~8080';
  const change = async (verb: string, encoded = id) =>
    (await app.inject({ method: 'POST', url: `/v1/endpoints/${encoded}:${verb}`, headers })).json<object>();
  t.match(await change('drain'), { id, endpoint: '10.244.1.7:8080', state: 'drained', changed: true });
  t.match(await change('drain', encodeURIComponent(id)), { state: 'drained', changed: false });
  t.match((await app.inject({ url: '/v1/endpoints?service=web' })).json(), {
    items: [{ id, excluded: 'EP_QUARANTINED' }, { excluded: '' }],
  });
  t.match(await change('restore'), { id, state: 'restored', changed: true });
  t.match(await change('restore'), { state: 'restored', changed: false });
  const both = (verb: string) => [web, lane].map(({ key }) => `${verb} ${key} 10.244.1.7:8080`);
  t.same(done, ['drain', 'drain', 'restore', 'restore'].flatMap(both));
});

t.test('a probe asks TCP endpoints, those of one port if asked so, and leaves UDP out', async (t) => {
  const asked: string[] = [];
  const view = viewOf(
    table,
    {},
    {
      probe: async ({ key }, timeoutMs) => {
        asked.push(`${key} ${timeoutMs}`);
        return { elapsedMs: 1.23456, error: key.includes('1.8') ? 'ECONNREFUSED' : undefined };
      },
    },
  );
  const app = buildAdminApp(view, { token: () => TOKEN });
  t.teardown(() => app.close());
  const probe = async (payload: object) =>
    (await app.inject({ method: 'POST', url: '/v1/probe', headers, payload })).json<object>();
  t.match(await probe({ namespace: 'shop', service: 'web', timeoutMs: 50 }), {
    generation: 3,
    items: [
      { endpoint: '10.244.1.7:8080', outcome: 'accepted', latencyMs: 1.23, error: '' },
      { endpoint: '10.244.1.8:8080', outcome: 'failed', error: 'ECONNREFUSED' },
    ],
  });
  t.match(await probe({ namespace: 'shop', service: 'dns', port: '53/udp' }), {
    items: [{ endpoint: '[fd00::7]:53', outcome: 'skipped', latencyMs: 0 }],
  });
  t.same(asked, ['10.244.1.7:8080 50', '10.244.1.8:8080 50']);
  t.match(await probe({ namespace: 'shop', service: 'web', port: 'https' }), { code: 'PORT_NOT_FOUND' });
  t.match(await probe({ service: 'web' }), { code: 'SVC_NOT_FOUND', hint: /svc\/web -n shop is there/ });
});

function quarantined(servicePort: typeof web): EndpointExclusion {
  const facts = { code: 'EP_QUARANTINED', cause: '', failures: 0, times: 0, leftMs: undefined } as const;
  return { servicePort, endpoint: servicePort.endpoints[0] ?? endpointOf('10.0.0.1:1'), ...facts };
}
