import t from 'tap';
import { listEjections } from '../../src/admin/ejection-rows.ts';
import type { EndpointExclusion } from '../../src/admin/view.ts';
import { portOf, tableOf, viewOf } from '../fixtures/admin.ts';
import { endpointOf } from '../fixtures/balancing.ts';

const [web, api] = [portOf('shop/web', []), portOf('bank/api', [], { portName: '', port: 443 })];
const exclusions: readonly EndpointExclusion[] = [
  {
    servicePort: web,
    endpoint: endpointOf('10.244.1.8:8080', { podName: 'web-2', nodeName: 'node-b' }),
    code: 'EP_EJECTED',
    cause: 'ETIMEDOUT',
    failures: 4,
    times: 2,
    leftMs: 19_001,
  },
  {
    servicePort: web,
    endpoint: endpointOf('10.244.1.7:8080'),
    code: 'EP_QUARANTINED',
    cause: '',
    failures: 0,
    times: 0,
    leftMs: undefined,
  },
  {
    servicePort: api,
    endpoint: endpointOf('10.244.2.1:443'),
    code: 'EJECTION_SUSPENDED',
    cause: 'ECONNREFUSED',
    failures: 3,
    times: 1,
    leftMs: 0,
  },
];
const view = viewOf(tableOf(7, []), {}, { exclusions: () => exclusions });

t.test('one row for each endpoint, by Service and endpoint', async (t) => {
  const list = listEjections(view, {});
  t.equal(list.generation, 7);
  t.same(
    list.items.map(({ service, endpoint, code, remainingSeconds }) => [service, endpoint, code, remainingSeconds]),
    [
      ['api', '10.244.2.1:443', 'EJECTION_SUSPENDED', 0],
      ['web', '10.244.1.7:8080', 'EP_QUARANTINED', -1],
      ['web', '10.244.1.8:8080', 'EP_EJECTED', 20],
    ],
  );
  t.same(list.items[2], {
    namespace: 'shop',
    service: 'web',
    port: 80,
    portName: 'http',
    protocol: 'TCP',
    family: 'IPv4',
    id: 'shop~web~http~TCP~10.244.1.8~8080',
    endpoint: '10.244.1.8:8080',
    pod: 'web-2',
    node: 'node-b',
    code: 'EP_EJECTED',
    cause: 'ETIMEDOUT',
    failures: 4,
    times: 2,
    remainingSeconds: 20,
  });
});

t.test('by namespace and by Service', async (t) => {
  t.equal(listEjections(view, { namespace: 'bank' }).items.length, 1);
  t.equal(listEjections(view, { service: 'web' }).items.length, 2);
  t.equal(listEjections(view, { namespace: 'bank', service: 'web' }).items.length, 0);
});
