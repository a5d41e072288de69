import t from 'tap';
import type { LaneTarget } from '../../src/model/route.ts';
import { locateService } from '../../src/routing/locate-service.ts';
import { rawService, tableWith } from '../fixtures/routing.ts';

const WEB = { namespace: 'shop', service: 'web' };
const DUAL = { clusterIPs: ['10.96.0.15', 'fd96::f'], ipFamilies: ['IPv4', 'IPv6'] };
const PORTS = {
  ports: [
    { name: 'dns', port: 53 },
    { name: 'dns', port: 53, protocol: 'UDP' },
    { name: 'http', port: 80 },
  ],
};
const LANE: LaneTarget = { ...WEB, port: 'http', protocol: 'TCP', address: '127.0.0.1', localPort: 8080 };
const NONE = { clusterIP: false, nodePorts: false, externalIPs: false, loadBalancerIPs: false };

const PORT_CASES: readonly (readonly [query: object, key: string])[] = [
  [{}, 'shop/web:dns/TCP/IPv4'],
  [{ port: 'http' }, 'shop/web:http/TCP/IPv4'],
  [{ port: 80 }, 'shop/web:http/TCP/IPv4'],
  [{ port: 53, protocol: 'UDP' }, 'shop/web:dns/UDP/IPv4'],
  [{ protocol: 'UDP' }, 'shop/web:dns/UDP/IPv4'],
  [{ family: 'IPv6' }, 'shop/web:dns/TCP/IPv6'],
  [{ sourceAddress: 'fd00::9' }, 'shop/web:dns/TCP/IPv6'],
];

for (const [query, key] of PORT_CASES) {
  t.test(`asked for ${JSON.stringify(query)}, it is ${key}`, async (t) => {
    const table = tableWith([rawService({ ...DUAL, ...PORTS })]);
    t.equal(locateService(table, { ...WEB, ...query }).servicePort?.key, key);
  });
}

t.test('a client of a family that the Service does not have gets the primary', async (t) => {
  const table = tableWith([rawService()]);
  t.equal(locateService(table, { ...WEB, sourceAddress: 'fd00::9' }).servicePort?.family, 'IPv4');
});

t.test('a kind of address that the Service does not have is not ours', async (t) => {
  const table = tableWith([rawService()]);
  t.match(locateService(table, { ...WEB, kind: 'nodePort' }), { route: undefined, verdict: { reason: 'NOT_OURS' } });
});

t.test('where cluster IPs are not wanted, one is imagined that does not listen', async (t) => {
  const table = tableWith([rawService()], { frontends: NONE });
  t.match(locateService(table, WEB).route, {
    frontend: { key: '10.96.0.15:80/TCP', kind: 'clusterIP' },
    listens: false,
  });
});

t.test('a headless Service is reached by its lane', async (t) => {
  const headless = rawService({ clusterIP: 'None', clusterIPs: ['None'] });
  const table = tableWith([headless], { lanes: [LANE] }, true);
  t.match(locateService(table, WEB).route, { frontend: { kind: 'local', key: '127.0.0.1:8080/TCP' } });
  t.match(locateService(tableWith([headless]), WEB).verdict, { reason: 'SVC_HEADLESS' });
});
