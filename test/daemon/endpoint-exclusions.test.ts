import t from 'tap';
import { endpointExclusions } from '../../src/daemon/endpoint-exclusions.ts';
import { frontendOf, portOf, routeOf, serviceRoutesOf, tableOf } from '../fixtures/admin.ts';
import { ejectionOf } from '../fixtures/ejections.ts';

const web = portOf('shop/web', ['10.244.1.7:8080', '10.244.1.8:8080']);
const lane = { ...web, key: `${web.key}/lane` };
const routes = [
  routeOf(frontendOf('10.96.0.15', 80), web),
  routeOf(frontendOf('127.0.0.1', 80, { kind: 'local' }), lane),
];
const table = tableOf(1, [serviceRoutesOf('shop/web', routes)]);

t.test('ejected and suspended endpoints come with their time, drained ones from the table', async (t) => {
  const listeners = {
    ejections: () => [ejectionOf(), ejectionOf({ suspendedIn: ['local'] })],
    quarantined: () => [
      [web.key, new Set(['10.244.1.8:8080', '10.9.9.9:1'])] as const,
      [lane.key, new Set(['10.244.1.7:8080'])] as const,
      ['gone/gone:http/TCP/IPv4', new Set(['10.9.9.9:1'])] as const,
    ],
  };
  const found = [...endpointExclusions(listeners, table)];
  t.match(found, [
    { code: 'EP_EJECTED', endpoint: { key: '10.244.1.7:8080' }, cause: 'ECONNREFUSED', leftMs: 6200 },
    { code: 'EJECTION_SUSPENDED', endpoint: { key: '10.244.1.7:8080' }, suspendedIn: ['local'] },
    { code: 'EP_QUARANTINED', servicePort: web, endpoint: { key: '10.244.1.8:8080' }, leftMs: undefined },
    { code: 'EP_QUARANTINED', servicePort: lane, endpoint: { key: '10.244.1.7:8080' } },
  ]);
  t.equal(found.length, 4);
});
