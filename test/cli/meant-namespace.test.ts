import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { meantInTable, meantNamespace } from '../../src/cli/meant-namespace.ts';
import { serviceQuery } from '../../src/cli/service-query.ts';
import type { RoutingTable } from '../../src/model/route.ts';
import type { TestHost } from '../fixtures/kubernetes-rig.ts';
import { rawService, tableWith } from '../fixtures/routing.ts';

/** Namespace and name of each Service that the daemon knows. */
type Known = readonly (readonly [string, string])[];

const CASES: readonly [string, string, Known, string | undefined, string][] = [
  ['that was typed', 'dev', [['shop', 'web']], 'web', 'web'],
  [
    'that has the one that there is',
    'dev',
    [
      ['shop', 'web'],
      ['infra', 'dns'],
    ],
    undefined,
    'shop',
  ],
  [
    'default, where several have one',
    'dev',
    [
      ['shop', 'web'],
      ['infra', 'web'],
    ],
    undefined,
    'default',
  ],
  [
    'of all Services, where none is called so',
    'dev',
    [
      ['shop', 'redis'],
      ['shop', 'dns'],
    ],
    undefined,
    'shop',
  ],
  [
    'default, where none is called so and Services are of several',
    'dev',
    [
      ['shop', 'redis'],
      ['infra', 'dns'],
    ],
    undefined,
    'default',
  ],
  ['default, where there is no Service', 'dev', [], undefined, 'default'],
  ['default, on a node, which serves everybody', 'node', [['shop', 'web']], undefined, 'default'],
];

/** A daemon that knows these Services; its address. */
async function startDaemon(t: TestHost, mode: string, known: Known): Promise<string> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://daemon');
    const asked = searchParams.get('service');
    const items = known.filter(([, name]) => asked === null || asked === name).map(([namespace]) => ({ namespace }));
    const body = pathname === '/v1/status' ? { mode } : { items: pathname === '/v1/services' ? items : [] };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

for (const [name, mode, known, namespace, meant] of CASES) {
  t.test(`without a namespace, a Service is in the one ${name}`, async (t) => {
    const host = await startDaemon(t, mode, known);
    t.equal(await meantNamespace({ host, service: 'web', kind: 'services', namespace }), meant);
    const query = await serviceQuery(host, { service: 'svc/web:http', namespace });
    t.equal(String(query), `service=web&namespace=${meant}`);
  });
}

t.test('what ends something looks among what there is to end', async (t) => {
  const host = await startDaemon(t, 'dev', [['shop', 'web']]);
  t.equal(await meantNamespace({ host, service: 'web', kind: 'overrides' }), 'default');
});

t.test('without a Service, rows are those of the namespace, or all', async (t) => {
  t.equal(String(await serviceQuery('', { service: undefined, namespace: 'shop' })), 'namespace=shop');
  t.equal(String(await serviceQuery('', { service: undefined, namespace: undefined })), '');
});

t.test('of manifests, the one namespace that has a Service of the name is meant', async (t) => {
  const tableOf = (...known: Known): RoutingTable =>
    tableWith(known.map(([namespace, name]) => rawService({}, { namespace, name })));
  t.equal(meantInTable(tableOf(['shop', 'web'], ['infra', 'dns']), 'web'), 'shop');
  t.equal(meantInTable(tableOf(['shop', 'web'], ['infra', 'web']), 'web'), undefined);
  t.equal(meantInTable(tableOf(['shop', 'web']), undefined), undefined);
});
