import t from 'tap';
import { compareRules } from '../../src/audit/compare-rules.ts';
import { isRecord } from '../../src/lib/is-record.ts';
import { auditTable, compareMode, MODES, shortOf } from '../fixtures/audit-rules.ts';

type Mode = (typeof MODES)[number]['mode'];

for (const mode of MODES) {
  t.test(`a kube-proxy at rest in mode ${mode.mode} has no drift, with Services of every kind`, async (t) => {
    const { drifts, equal } = compareMode(mode);
    t.same(drifts.map(shortOf), []);
    t.equal(equal, [...auditTable().routes.values()].length);
  });
}

type Json = Readonly<Record<string, unknown>>;

interface ApiCase {
  readonly title: string;
  /** Changes the object of this kind and name. */
  readonly object: string;
  readonly change: (object: Json) => Json | undefined;
  readonly expected: readonly string[];
  /** In mode ipvs, where it differs. */
  readonly ipvs?: readonly string[];
}

/** What the API says now, while the rules stay as they are. */
const API_CASES: readonly ApiCase[] = [
  {
    title: 'an endpoint that left its slice',
    object: 'EndpointSlice hinted-ipv4',
    change: (slice) => withEndpoints(slice, (endpoints) => endpoints.slice(0, 2)),
    expected: ['endpointStale shop/hinted 10.244.1.3:8080'],
  },
  {
    title: 'a new endpoint, at every frontend of the Service',
    object: 'EndpointSlice node-port-ipv4',
    change: (slice) => withEndpoints(slice, (endpoints) => [...endpoints, { addresses: ['10.244.2.9'] }]),
    expected: [
      'endpointMissing shop/node-port:tcp 10.244.2.9:8080',
      'endpointMissing shop/node-port:udp 10.244.2.9:8080',
    ],
  },
  {
    title: 'a Service that was deleted',
    object: 'Service proxied',
    change: () => undefined,
    expected: ['frontendStale shop/proxied 10.96.1.19:80/TCP'],
    ipvs: ['frontendStale 10.96.1.19:80/TCP'],
  },
  {
    title: 'a new address',
    object: 'Service external',
    change: (service) => withSpec(service, { externalIPs: ['198.51.100.7', '198.51.100.9'] }),
    expected: ['frontendMissing shop/external 198.51.100.9:80/TCP'],
  },
  {
    title: 'endpoints where there were none',
    object: 'EndpointSlice nobody-inside-ipv4',
    change: (slice) => withEndpoints(slice, () => [{ addresses: ['10.244.1.2'] }]),
    expected: ['policy shop/nobody-inside:tcp 10.96.1.13:80/TCP', 'policy shop/nobody-inside:udp 10.96.1.13:80/UDP'],
  },
  {
    title: 'the last endpoint gone',
    object: 'EndpointSlice dns-ipv4',
    change: (slice) => withEndpoints(slice, () => []),
    expected: ['endpointStale shop/dns:dns 10.244.1.2:5353', 'endpointStale shop/dns:dns-tcp 10.244.1.2:5353'],
  },
  {
    title: 'a local endpoint where the policy dropped',
    object: 'EndpointSlice inside-elsewhere-ipv4',
    change: (slice) => withEndpoints(slice, () => [{ addresses: ['10.244.1.4'], nodeName: 'node-a' }]),
    expected: ['policy shop/inside-elsewhere 10.96.1.10:80/TCP'],
  },
  {
    title: 'session affinity switched on',
    object: 'Service hinted',
    change: (service) => withSpec(service, { sessionAffinity: 'ClientIP' }),
    expected: ['affinity shop/hinted 10.96.1.16:80/TCP'],
  },
  {
    title: 'another external traffic policy, for clients outside only',
    object: 'Service external-local',
    change: (service) => withSpec(service, { externalTrafficPolicy: 'Cluster' }),
    expected: ['endpointMissing shop/external-local 10.244.2.2:8080 external'],
    ipvs: ['endpointMissing shop/external-local 10.244.2.2:8080'],
  },
  {
    title: 'other source ranges',
    object: 'Service balanced',
    change: (service) => withSpec(service, { loadBalancerSourceRanges: ['172.30.0.0/24'] }),
    expected: ['sourceRanges shop/balanced 198.51.100.4:80/TCP'],
    ipvs: [],
  },
  {
    title: 'topology hints that one endpoint lost, and so all',
    object: 'EndpointSlice hinted-ipv4',
    change: (slice) => withEndpoints(slice, (endpoints) => endpoints.map(({ hints, ...rest }) => rest)),
    expected: ['endpointMissing shop/hinted 10.244.2.2:8080'],
  },
];

for (const { title, object, change, expected, ipvs } of API_CASES) {
  t.test(`it finds ${title}`, async (t) => {
    const table = auditTable((objects) =>
      objects.flatMap((one): readonly Json[] => (isNamed(one, object) ? [change(one) ?? []].flat() : [one])),
    );
    for (const mode of MODES) {
      const wanted = mode.mode === 'ipvs' ? (ipvs ?? expected) : expected;
      t.same(compareMode(mode, undefined, table).drifts.map(shortOf), wanted, mode.mode);
    }
  });
}

function isNamed({ kind, metadata }: Json, object: string): boolean {
  return isRecord(metadata) && `${kind} ${metadata.name}` === object;
}

function withSpec(service: Json, spec: Json): Json {
  return { ...service, spec: { ...(isRecord(service.spec) && service.spec), ...spec } };
}

function withEndpoints(slice: Json, change: (endpoints: readonly Json[]) => readonly Json[]): Json {
  const { endpoints } = slice;
  return { ...slice, endpoints: change(Array.isArray(endpoints) ? endpoints : []) };
}

interface RuleCase {
  readonly title: string;
  readonly mode: Mode;
  readonly change: (text: string) => string;
  readonly expected: readonly string[];
}

/** What somebody did to the rules, while the API stays as it is. */
const RULE_CASES: readonly RuleCase[] = [
  {
    title: 'a frontend of service-ips',
    mode: 'nftables',
    change: without(
      '[{"concat": ["10.96.1.16", "tcp", 80]}, {"goto": {"target": "service-BMLZFFMR-shop/hinted/tcp/"}}]',
    ),
    expected: ['frontendMissing shop/hinted 10.96.1.16:80/TCP'],
  },
  {
    title: 'the verdict of a frontend without endpoints',
    mode: 'nftables',
    change: (text) =>
      text.replace(
        '"comment": "shop/inside-elsewhere"}}, {"drop": null}]',
        '"comment": "shop/inside-elsewhere"}}, {"goto": {"target": "reject-chain"}}]',
      ),
    expected: ['policy shop/inside-elsewhere 10.96.1.10:80/TCP'],
  },
  {
    title: 'one of several endpoints',
    mode: 'nftables',
    change: (text) =>
      text.replace('[[0, {"concat": ["10.244.1.2", 8443]}], ', '[[0, {"concat": ["10.244.9.9", 8443]}], '),
    expected: ['endpointMissing shop/web:https 10.244.1.2:8443', 'endpointStale shop/web:https 10.244.9.9:8443'],
  },
  {
    title: 'how long clients stay',
    mode: 'nftables',
    change: (text) => text.replaceAll('"timeout": 300', '"timeout": 600'),
    expected: [
      'affinity shop/sticky:tcp 0.0.0.0:30091/TCP 10.96.1.11:80/TCP',
      'affinity shop/sticky:udp 0.0.0.0:30091/UDP 10.96.1.11:80/UDP',
    ],
  },
  {
    title: 'the firewall of a load-balancer IP',
    mode: 'nftables',
    change: without(
      '[{"concat": ["198.51.100.6", "tcp", 80]}, {"goto": {"target": "firewall-6BAZZL57-shop/balanced-elsewhere/tcp/"}}]',
    ),
    expected: ['sourceRanges shop/balanced-elsewhere 198.51.100.6:80/TCP'],
  },
  {
    title: 'the way into the rules',
    mode: 'nftables',
    change: (text) => text.replaceAll('"data": "@service-ips"', '"data": "@service-ops"'),
    expected: ['gap', 'gap'],
  },
  {
    title: 'an element of unknown form',
    mode: 'nftables',
    change: (text) => text.replace('{"concat": ["10.96.1.16", "tcp", 80]}', '{"concat": ["10.96.1.16", "quic", 80]}'),
    expected: ['gap', 'frontendMissing shop/hinted 10.96.1.16:80/TCP'],
  },
  {
    title: 'a condition of unknown form',
    mode: 'nftables',
    change: (text) =>
      text
        .replace(
          '"chain": "service-BMLZFFMR-shop/hinted/tcp/", "handle": ',
          '"chain": "service-BMLZFFMR-shop/hinted/tcp/", "comment": "x", "handle": ',
        )
        .replace(
          /("chain": "service-BMLZFFMR-shop\/hinted\/tcp\/", "comment": "x", "handle": \d+, "expr": \[)/,
          '$1{"match": {"op": "==", "left": {"meta": {"key": "hour"}}, "right": "08:00"}}, ',
        ),
    expected: ['unreadable shop/hinted 10.96.1.16:80/TCP'],
  },
  {
    title: 'a frontend of KUBE-SERVICES',
    mode: 'iptables',
    change: withoutLine(/^-A KUBE-SERVICES -d 10\.96\.1\.16\/32/),
    expected: ['frontendMissing shop/hinted 10.96.1.16:80/TCP'],
  },
  {
    title: 'a REJECT that became a DROP',
    mode: 'iptables',
    change: (text) => text.replace(/(-A KUBE-SERVICES -d 10\.96\.1\.13\/32 -p udp .*) -j REJECT .*/, '$1 -j DROP'),
    expected: ['policy shop/nobody-inside:udp 10.96.1.13:80/UDP'],
  },
  {
    title: 'an endpoint of one policy only',
    mode: 'iptables',
    change: withoutLine(/^-A KUBE-SVL-\S+ -m comment --comment "shop\/sticky:tcp -> 10\.244\.1\.3:8080" -j/),
    expected: ['endpointMissing shop/sticky:tcp 10.244.1.3:8080 external'],
  },
  {
    title: 'clients that no longer stay',
    mode: 'iptables',
    change: withoutLine(/^-A KUBE-S.*shop\/sticky:tcp.* --rcheck /),
    expected: ['affinity shop/sticky:tcp 0.0.0.0:30091/TCP 10.96.1.11:80/TCP'],
  },
  {
    title: 'the drop behind the source ranges',
    mode: 'iptables',
    change: withoutLine(/^-A KUBE-PROXY-FIREWALL -d 198\.51\.100\.4/),
    expected: ['sourceRanges shop/balanced 198.51.100.4:80/TCP'],
  },
  {
    title: 'the short circuit of pods',
    mode: 'iptables',
    change: withoutLine(/^-A KUBE-EXT-\S+ -s 10\.244\.0\.0\/16 .*shop\/balanced-elsewhere /),
    expected: ['policy shop/balanced-elsewhere 0.0.0.0:30086/TCP 198.51.100.6:80/TCP pod'],
  },
  {
    title: 'the way into the rules',
    mode: 'iptables',
    change: withoutLine(/^-A PREROUTING .*KUBE-SERVICES/),
    expected: ['gap', 'gap'],
  },
  {
    title: 'a rule of unknown form before a frontend',
    mode: 'iptables',
    change: (text) =>
      text.replace(/^(-A KUBE-SERVICES -d 10\.96\.1\.16\/32 .*) -j/m, '$1 -m time --timestart 08:00 -j'),
    expected: ['unreadable shop/hinted 10.96.1.16:80/TCP'],
  },
  {
    title: 'a real server that is gone',
    mode: 'ipvs',
    change: withoutLine(/^-a -t 10\.96\.1\.16:80 -r 10\.244\.1\.3/),
    expected: ['endpointMissing shop/hinted 10.244.1.3:8080'],
  },
  {
    title: 'a real server that drains',
    mode: 'ipvs',
    change: (text) =>
      text.replace('10.96.1.16:80 -r 10.244.1.3:8080 -m -w 1', '10.96.1.16:80 -r 10.244.1.3:8080 -m -w 0'),
    expected: ['endpointMissing shop/hinted 10.244.1.3:8080'],
  },
  {
    title: 'a virtual server of nobody',
    mode: 'ipvs',
    change: (text) => `${text}-A -t 10.96.9.9:80 -s rr\n`,
    expected: ['frontendStale 10.96.9.9:80/TCP'],
  },
  {
    title: 'how long clients stay',
    mode: 'ipvs',
    change: (text) => text.replaceAll('[fd96::1:f]:53 -s rr -p 10800', '[fd96::1:f]:53 -s rr -p 60'),
    expected: ['affinity shop/six:udp [fd96::1:f]:53/UDP'],
  },
];

for (const { title, mode: name, change, expected } of RULE_CASES) {
  t.test(`in mode ${name} it finds what was done to ${title}`, async (t) => {
    const mode = MODES.find(({ mode }) => mode === name);
    if (!mode) throw new Error(name);
    t.ok(
      mode.texts.some((text) => change(text) !== text),
      'the rules differ',
    );
    t.same(compareMode(mode, change).drifts.map(shortOf), expected);
  });
}

t.test('why an endpoint should not be there is told by the field of the object that has it', async (t) => {
  const asleep = (one: Json, index: number): Json => (index === 2 ? { ...one, conditions: { ready: false } } : one);
  const table = auditTable((objects) =>
    objects.map((one) =>
      isNamed(one, 'EndpointSlice hinted-ipv4') ? withEndpoints(one, (endpoints) => endpoints.map(asleep)) : one,
    ),
  );
  const [nftables] = MODES;
  t.match(compareMode(nftables, undefined, table).drifts, [
    {
      endpoint: '10.244.1.3:8080',
      exclusion: { code: 'EP_NOT_READY', object: 'EndpointSlice hinted-ipv4', path: 'endpoints[2].conditions.ready' },
    },
  ]);
});

t.test('a family that is not in the dump is left out', async (t) => {
  const [, iptables] = MODES;
  const { drifts, equal } = compareRules(iptables.read([iptables.texts[0]]), auditTable());
  t.same(drifts, []);
  const ipv4 = [...auditTable().routes.values()].filter(({ frontend }) => frontend.family === 'IPv4');
  t.equal(equal, ipv4.length);
});

/** Takes an element out of a list of JSON. */
function without(element: string): (text: string) => string {
  return (text) => text.replace(`${element}, `, '').replace(`, ${element}`, '');
}

function withoutLine(pattern: RegExp): (text: string) => string {
  return (text) =>
    text
      .split('\n')
      .filter((line) => !pattern.test(line))
      .join('\n');
}
