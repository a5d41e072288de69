import fc from 'fast-check';
import t from 'tap';
import type { FrontRefusal, FrontTarget } from '../../../src/model/front.ts';
import { frontTarget } from '../../../src/routing/names/front-target.ts';
import { clusterTable, namesOf } from '../../fixtures/names.ts';
import { holds } from '../../fixtures/property.ts';
import { rawEndpoint, rawService, rawSliceOf, tableWith } from '../../fixtures/routing.ts';

const source = namesOf(clusterTable(), { 'shop/web': '127.77.1.2' });

function describe(target: FrontTarget | FrontRefusal): string {
  if (target.kind === 'refused') return target.code;
  const { frontend, servicePort } = target.route;
  return `${target.kind} ${frontend.key} -> ${servicePort.clusterEndpoints?.map(({ key }) => key).join(' ')}`;
}

const CASES: readonly (readonly [title: string, host: string, port: number, expected: string])[] = [
  ['a Service in full', 'web.shop.svc.cluster.local', 80, 'service web.shop:80/TCP -> 10.244.1.7:8080'],
  ['a Service in short', 'WEB.', 80, 'service web.shop:80/TCP -> 10.244.1.7:8080'],
  ['a Service at its cluster IP', '10.96.0.15', 80, 'service web.shop:80/TCP -> 10.244.1.7:8080'],
  ['a Service at its IPv6 cluster IP', '[fd96::f]', 80, 'service web.shop:80/TCP -> 10.244.1.7:8080'],
  ['a Service at its address on this machine', '127.77.1.2', 80, 'service web.shop:80/TCP -> 10.244.1.7:8080'],
  ['a headless Service at its port', 'db.shop', 6379, 'service db.shop:6379/TCP -> 10.244.1.8:16379 10.244.2.8:16379'],
  [
    'a headless Service at the pods’ port',
    'db',
    16379,
    'service db.shop:16379/TCP -> 10.244.1.8:16379 10.244.2.8:16379',
  ],
  ['a headless Service at any port', 'db', 22, 'pod db.shop:22/TCP -> 10.244.1.8:22 10.244.2.8:22'],
  ['a pod by its host name', 'db-0.db.shop.svc', 16379, 'pod db-0.db.shop:16379/TCP -> 10.244.1.8:16379'],
  ['a pod by its address', '10.244.2.8', 5, 'pod db-loose.db.shop:5/TCP -> 10.244.2.8:5'],
  [
    'a pod by its dashed address',
    '10-244-1-7.shop.pod.cluster.local',
    9,
    'pod web-7d9f-abc.web.shop:9/TCP -> 10.244.1.7:9',
  ],
  ['an address of nobody', '10-9-9-9.shop.pod.cluster.local', 9, 'NOT_OURS'],
  ['an address outside', '8.8.8.8', 53, 'NOT_OURS'],
  ['the own machine', '127.0.0.1', 22, 'NOT_OURS'],
  ['a name outside', 'www.example.com', 443, 'NOT_OURS'],
  ['a Service that is not there', 'wbe.shop', 80, 'SVC_NOT_FOUND'],
  ['a port that is not there', 'web.shop', 81, 'PORT_UNKNOWN'],
  ['a port that is UDP', 'dns.infra', 53, 'PORT_UNKNOWN'],
  ['an ExternalName', 'ext.shop', 80, 'SVC_EXTERNALNAME'],
  ['a pod that is not ready', 'db-2.db.shop.svc', 6379, 'EP_NOT_READY'],
  ['a headless Service without pods', 'idle', 6379, 'service idle.shop:6379/TCP -> '],
];

for (const [title, host, port, expected] of CASES) {
  t.test(`${title}: ${host}:${port}`, async (t) => {
    t.equal(describe(frontTarget(source, host, port)), expected);
  });
}

t.test('refusals say what there is instead', async (t) => {
  t.match(frontTarget(source, 'wev.shop', 80), { hint: 'did you mean web.shop?' });
  t.match(frontTarget(source, 'dns', 53), { hint: 'did you mean dns.infra?' });
  t.notMatch(frontTarget(source, 'nothing.shop', 80), { hint: String });
  t.match(frontTarget(source, 'web.shop', 81), { hint: 'it has 80 (http), 9090 (metrics)' });
  t.match(frontTarget(source, 'dns.infra', 53), { message: /is UDP: only TCP/ });
  t.match(frontTarget(source, 'db-2.db.shop.svc', 1), { hint: 'it has 10-244-2-8, db-0' });
});

t.test('a Service port of the table is used as it is, so that balancing is shared', async (t) => {
  const target = frontTarget(source, 'web', 80);
  const [own] = source.table.services.get('shop/web')?.ports ?? [];
  t.equal(target.kind === 'service' && target.route.servicePort, own);
});

t.test('a Service with internal traffic policy Local is reached as by a lane', async (t) => {
  const objects = [
    rawService({ internalTrafficPolicy: 'Local' }),
    rawSliceOf('web', 'web-1', [rawEndpoint('10.244.1.7')]),
  ];
  const local = namesOf(tableWith(objects, { nodeName: '', frontends: NONE }));
  t.equal(describe(frontTarget(local, 'web', 80)), 'service web.shop:80/TCP -> 10.244.1.7:8080');
});

const NONE = { clusterIP: false, nodePorts: false, externalIPs: false, loadBalancerIPs: false };

t.test('whatever a client names, it goes to endpoints of the cluster, or is told why not', async (t) => {
  const label = fc.oneof(
    fc.constantFrom('web', 'db', 'shop', 'svc', 'pod', 'local', '[', ']', '::1', '10'),
    fc.string(),
  );
  const host = fc
    .tuple(fc.array(label, { maxLength: 8 }), fc.constantFrom('.', ':', '-'))
    .map(([all, by]) => all.join(by));
  const known = /^10\.244\.[1-3]\.[78]$/;
  holds(
    t,
    fc.property(host, fc.integer({ min: 1, max: 65_535 }), (text, port) => {
      const target = frontTarget(source, text, port);
      return (
        target.kind === 'refused' || target.route.servicePort.endpoints.every(({ address }) => known.test(address))
      );
    }),
    2000,
  );
});
