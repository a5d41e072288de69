import fc from 'fast-check';
import t from 'tap';
import type { NameRecord } from '../../../src/routing/names/name-answer.ts';
import { resolveName } from '../../../src/routing/names/resolve-name.ts';
import { clusterTable, namesOf } from '../../fixtures/names.ts';
import { holds } from '../../fixtures/property.ts';
import { rawEndpoint, rawService, rawSliceOf, tableWith } from '../../fixtures/routing.ts';

const table = clusterTable();
const WEB = 'web.shop.svc.cluster.local';
const DB = 'db.shop.svc.cluster.local';

/** `A 10.96.0.15`, `SRV 0 50 80 web…`: what a record says, without its owner. */
function said(record: NameRecord): string {
  const { type, name: _, ...rest } = record;
  if (rest && 'weight' in rest) return `SRV ${rest.priority} ${rest.weight} ${rest.port} ${rest.target}`;
  return `${type} ${Object.values(rest).join(' ')}`;
}

function ask(name: string, type: string, own: Readonly<Record<string, string>> = {}): readonly string[] | string {
  const answer = resolveName(namesOf(table, own), name, type);
  return answer.kind === 'answer' ? answer.records.map(said) : answer.kind;
}

const CASES: readonly (readonly [title: string, name: string, type: string, expected: readonly string[] | string])[] = [
  ['a Service has its cluster IP', WEB, 'A', ['A 10.96.0.15']],
  ['a Service has its IPv6 cluster IP', WEB, 'AAAA', ['AAAA fd96::f']],
  ['the last dot does not matter', `${WEB}.`, 'A', ['A 10.96.0.15']],
  ['case does not matter', 'wEb.ShOp.SVC.Cluster.LOCAL', 'A', ['A 10.96.0.15']],
  ['svc.ns.svc is short for it', 'web.shop.svc', 'A', ['A 10.96.0.15']],
  ['svc.ns is short for it', 'web.shop', 'A', ['A 10.96.0.15']],
  ['svc is short for one of the default namespace', 'web', 'A', ['A 10.96.0.15']],
  ['svc is not short for one of another namespace', 'dns', 'A', 'elsewhere'],
  ['a family that a Service has not is no data', 'dns.infra.svc.cluster.local', 'AAAA', 'empty'],
  ['a type that a Service has not is no data', WEB, 'MX', 'empty'],
  ['a Service that is not there is no name', 'nope.shop.svc.cluster.local', 'A', 'unknown'],
  ['a named port', `_http._tcp.${WEB}`, 'SRV', [`SRV 0 100 80 ${WEB}`]],
  ['a named port by its short name', '_http._tcp.web.shop', 'SRV', [`SRV 0 100 80 ${WEB}`]],
  ['a port of another protocol is no name', `_http._udp.${WEB}`, 'SRV', 'unknown'],
  ['a port that is not there is no name', `_https._tcp.${WEB}`, 'SRV', 'unknown'],
  ['a protocol is a name without data', `_tcp.${WEB}`, 'SRV', 'empty'],
  ['a port has no address', `_http._tcp.${WEB}`, 'A', 'empty'],
  ['all ports of a Service', WEB, 'SRV', [`SRV 0 50 80 ${WEB}`, `SRV 0 50 9090 ${WEB}`]],
  ['a headless Service has its ready pods', DB, 'A', ['A 10.244.1.8', 'A 10.244.2.8']],
  ['a headless Service has no data of the other family', DB, 'AAAA', 'empty'],
  ['a headless Service without ready pods is no name', 'idle.shop.svc.cluster.local', 'A', 'unknown'],
  ['a pod has its host name', `db-0.${DB}`, 'A', ['A 10.244.1.8']],
  ['a pod by the short name', 'db-0.db.shop.svc', 'A', ['A 10.244.1.8']],
  ['a pod without a host name has that of its address', `10-244-2-8.${DB}`, 'A', ['A 10.244.2.8']],
  ['a pod is found by its own name', `db-loose.${DB}`, 'A', ['A 10.244.2.8']],
  ['a pod that is not ready is no name', `db-2.${DB}`, 'A', 'unknown'],
  [
    'a port of a headless Service is that of its pods',
    `_redis._tcp.${DB}`,
    'SRV',
    [`SRV 0 50 16379 db-0.${DB}`, `SRV 0 50 16379 10-244-2-8.${DB}`],
  ],
  ['an ExternalName is a CNAME', 'ext.shop.svc.cluster.local', 'A', ['CNAME db.example.com']],
  ['an ExternalName of the cluster is followed', 'alias.shop.svc.cluster.local', 'A', [`CNAME ${WEB}`, 'A 10.96.0.15']],
  ['a CNAME that is asked for is not followed', 'alias.shop.svc.cluster.local', 'CNAME', [`CNAME ${WEB}`]],
  ['nothing stands below an ExternalName', 'x.ext.shop.svc.cluster.local', 'A', 'unknown'],
  ['a pod address by its dashed name', '10-244-9-9.shop.pod.cluster.local', 'A', ['A 10.244.9.9']],
  ['an IPv6 pod address by its dashed name', 'fd00--7.shop.pod.cluster.local', 'AAAA', ['AAAA fd00::7']],
  ['a pod name that is no address is no name', 'web-1.shop.pod.cluster.local', 'A', 'unknown'],
  ['a cluster IP has the name of its Service', '15.0.96.10.in-addr.arpa', 'PTR', [`PTR ${WEB}`]],
  ['an IPv6 cluster IP has the name of its Service', `f.${'0.'.repeat(27)}6.9.d.f.ip6.arpa`, 'PTR', [`PTR ${WEB}`]],
  ['a pod of a headless Service has its host name', '8.1.244.10.in-addr.arpa', 'PTR', [`PTR db-0.${DB}`]],
  ['an address has nothing but a name', '15.0.96.10.in-addr.arpa', 'A', 'empty'],
  ['an address of nobody is of another zone', '1.1.1.1.in-addr.arpa', 'PTR', 'elsewhere'],
  ['a part of an address is of another zone', '96.10.in-addr.arpa', 'PTR', 'elsewhere'],
  ['a pod of an ordinary Service has no name of its own', '7.1.244.10.in-addr.arpa', 'PTR', 'elsewhere'],
  ['the version of the schema', 'dns-version.cluster.local', 'TXT', ['TXT 1.1.0']],
  ['the zone has a name server', 'cluster.local', 'NS', ['NS ns.dns.cluster.local']],
  ['the name server has its address', 'ns.dns.cluster.local', 'A', ['A 127.0.0.1']],
  ['the zone has no address', 'cluster.local', 'A', 'empty'],
  ['svc is a name without data', 'svc.cluster.local', 'A', 'empty'],
  ['a namespace with Services is a name without data', 'shop.svc.cluster.local', 'A', 'empty'],
  ['a namespace without Services is no name', 'none.svc.cluster.local', 'A', 'unknown'],
  ['what is of no known form is no name', 'a.b.c.web.shop.svc.cluster.local', 'A', 'unknown'],
  ['names of others are of another zone', 'www.example.com', 'A', 'elsewhere'],
  ['a name that only ends like the domain is of another zone', 'notcluster.local', 'A', 'elsewhere'],
  ['the root is of another zone', '', 'NS', 'elsewhere'],
];

for (const [title, name, type, expected] of CASES) {
  t.test(`${title}: ${type} ${name}`, async (t) => {
    t.same(ask(name, type), expected);
  });
}

t.test('a Service with an address of its own on this machine has that one alone', async (t) => {
  const own = { 'shop/web': '127.77.1.2', 'shop/db': '127.77.1.3' };
  t.same(ask(WEB, 'A', own), ['A 127.77.1.2']);
  t.equal(ask(WEB, 'AAAA', own), 'empty', 'the IPv6 cluster IP is not reached from here');
  t.same(ask('2.1.77.127.in-addr.arpa', 'PTR', own), [`PTR ${WEB}`]);
  t.same(ask(DB, 'A', own), ['A 127.77.1.3'], 'a headless one too, where it was given one');
  t.same(ask(`_redis._tcp.${DB}`, 'SRV', own), [`SRV 0 100 6379 ${DB}`]);
  t.same(ask(`db-0.${DB}`, 'A', own), ['A 10.244.1.8'], 'its pods keep theirs');
});

t.test('an SRV answer brings the addresses of its targets', async (t) => {
  const answer = resolveName(namesOf(table), `_redis._tcp.${DB}`, 'SRV');
  t.match(answer, { additional: [{ name: `db-0.${DB}`, address: '10.244.1.8' }, { address: '10.244.2.8' }] });
});

t.test('an ExternalName says where the client has to ask on', async (t) => {
  t.match(resolveName(namesOf(table), 'ext.shop', 'A'), { next: 'db.example.com' });
  t.notMatch(resolveName(namesOf(table), 'alias.shop', 'A'), { next: String });
});

t.test('ExternalNames that lead in a circle come to an end', async (t) => {
  const circle = ['a', 'b'].map((name) => {
    const externalName = `${name === 'a' ? 'b' : 'a'}.shop.svc.cluster.local`;
    return rawService({ type: 'ExternalName', clusterIP: '', externalName, ports: [] }, { name });
  });
  const answer = resolveName(namesOf(tableWith(circle)), 'a.shop', 'A');
  t.equal(answer.kind === 'answer' && answer.records.length, 8);
});

t.test(
  'addresses that are not ready are published where the slices say ready for publishNotReadyAddresses',
  async (t) => {
    // This is how the controller writes it: ready although the pod is not, even while it terminates.
    const conditions = { ready: true, serving: false, terminating: true };
    const objects = [
      rawService({ clusterIP: 'None', clusterIPs: ['None'], publishNotReadyAddresses: true }),
      rawSliceOf('web', 'web-1', [rawEndpoint('10.244.1.7', { conditions })]),
    ];
    const answer = resolveName(namesOf(tableWith(objects, {}, true)), WEB, 'A');
    t.match(answer, { records: [{ address: '10.244.1.7' }] });
  },
);

t.test('whatever is asked, there is an answer, and case never changes it', async (t) => {
  const label = fc.oneof(
    fc.constantFrom('web', 'shop', 'svc', 'pod', 'cluster', 'local', '_tcp', '_http', 'db', 'arpa', 'ip6', '0', ''),
    fc.string({ maxLength: 8 }),
  );
  const name = fc.array(label, { maxLength: 36 }).map((labels) => labels.join('.'));
  const types = fc.constantFrom('A', 'AAAA', 'SRV', 'PTR', 'TXT', 'SOA', 'NS', 'CNAME', 'ANY', 'UNKNOWN_65');
  const source = namesOf(table);
  holds(
    t,
    fc.property(name, types, (text, type) => {
      const answer = resolveName(source, text, type);
      const wanted = resolveName(source, text.toLowerCase(), type);
      return JSON.stringify(answer) === JSON.stringify(wanted);
    }),
    2000,
  );
});
