import fc from 'fast-check';
import t from 'tap';
import { readIptablesRules } from '../../src/audit/iptables-rules.ts';
import { readIpvsRules } from '../../src/audit/ipvs-rules.ts';
import { readNftRules } from '../../src/audit/nft-rules.ts';
import type { ProgrammedRules } from '../../src/audit/programmed.ts';
import { SvclaneError } from '../../src/errors.ts';
import { dumpOf, MODES } from '../fixtures/audit-rules.ts';
import { holds } from '../fixtures/property.ts';

type Read = (texts: readonly string[]) => ProgrammedRules;

const NFT_TABLE = '{"table": {"family": "ip", "name": "kube-proxy", "handle": 1}}';
const [SAVED] = dumpOf('iptables').split('*nat');
const CANARY = '*nat\n:KUBE-PROXY-CANARY - [0:0]\nCOMMIT\n';

/** What is given, and what is said of it. */
const CASES: readonly (readonly [title: string, read: Read, text: string, message: RegExp])[] = [
  ['nothing', readNftRules, '', /^the dump of nft is empty/],
  [
    'a dump that ends in the middle',
    readNftRules,
    dumpOf('nftables').slice(0, 9000),
    /no whole JSON \(9000 characters/,
  ],
  ['nft without -j', readNftRules, 'table ip kube-proxy {\n}\n', /^this is the output of nft without -j/],
  ['iptables-save', readNftRules, dumpOf('iptables'), /^this is the output of iptables-save: give it as --iptables/],
  ['other JSON', readNftRules, '{"kind": "List"}', /has no list "nftables"/],
  ['a list of something else', readNftRules, '{"nftables": [1]}', /^nftables\[0\] of the dump is no object of nft/],
  [
    'another version of the format',
    readNftRules,
    '{"nftables": [{"metainfo": {"json_schema_version": 2}}]}',
    /of version "2"/,
  ],
  [
    'an empty ruleset',
    readNftRules,
    '{"nftables": [{"metainfo": {"json_schema_version": 1}}]}',
    /no table at all, but no/,
  ],
  [
    'tables of others',
    readNftRules,
    '{"nftables": [{"table": {"family": "inet", "name": "filter"}}]}',
    /the tables inet filter, but no table kube-proxy/,
  ],
  [
    'a table that is not filled',
    readNftRules,
    `{"nftables": [${NFT_TABLE}]}`,
    /has no service-ips, .*: kube-proxy has not/,
  ],
  ['a table that comes twice', readNftRules, `{"nftables": [${NFT_TABLE}, ${NFT_TABLE}]}`, /table ip kube-proxy twice/],
  [
    'the tables of iptables',
    readNftRules,
    '{"nftables": [{"chain": {"family": "ip", "table": "nat", "name": "KUBE-SERVICES"}}]}',
    /kube-proxy runs in mode iptables here/,
  ],
  ['nothing', readIptablesRules, '\n', /^the dump of iptables is empty/],
  ['nft -j', readIptablesRules, dumpOf('nftables'), /^this is the output of nft -j: give it as --nft/],
  ['iptables -L', readIptablesRules, 'Chain INPUT (policy ACCEPT)\n', /^this is the output of iptables -L/],
  [
    'a dump that ends in the middle',
    readIptablesRules,
    firstLines(100),
    /ends in the middle: table nat, from line 55 on/,
  ],
  ['a dump that ends in a line', readIptablesRules, firstLines(100).slice(0, -9), /ends in the middle|no chain, rule/],
  [
    'one table only',
    readIptablesRules,
    SAVED ?? '',
    /the tables mangle, filter, but no chain KUBE-SERVICES in table nat/,
  ],
  [
    'another table only',
    readIptablesRules,
    '*nat\n:KUBE-SERVICES - [0:0]\nCOMMIT\n',
    /table nat, but not table filter/,
  ],
  ['no rules of kube-proxy', readIptablesRules, CANARY, /the tables nat, but no chain KUBE-SERVICES/],
  ['a dump twice', readIptablesRules, dumpOf('iptables').repeat(2), /the rules of kube-proxy for IPv4 twice/],
  [
    'a table within a table',
    readIptablesRules,
    '*nat\n*filter\nCOMMIT\n',
    /^line 2 begins table filter, but table nat/,
  ],
  ['something else in a table', readIptablesRules, '*nat\nhello\nCOMMIT\n', /^line 2 of the dump is no chain, rule or/],
  ['a rule outside of a table', readIptablesRules, '-A INPUT -j DROP\n', /^line 1 of the dump is in no table/],
  ['a rule of no chain', readIptablesRules, '*nat\n-A KUBE-X -j DROP\nCOMMIT\n', /^line 2 is a rule of chain "KUBE-X"/],
  [
    'the chains of mode ipvs',
    readIptablesRules,
    '*nat\n:KUBE-SERVICES - [0:0]\n-A KUBE-SERVICES -m set --match-set KUBE-CLUSTER-IP dst,dst -j ACCEPT\nCOMMIT\n*filter\nCOMMIT\n',
    /kube-proxy runs in mode ipvs here/,
  ],
  ['nothing', readIpvsRules, '', /^the dump of ipvsadm is empty/],
  ['ipvsadm -L', readIpvsRules, 'IP Virtual Server version 1.2.1 (size=4096)\n', /^this is the output of ipvsadm -L/],
  [
    'names instead of addresses',
    readIpvsRules,
    '-A -t localhost:http -s rr\n',
    /^line 1 of the dump is no line of ipvsadm -Sn/,
  ],
  [
    'a real server of nobody',
    readIpvsRules,
    '-a -t 10.0.0.1:80 -r 10.0.0.2:80 -m\n',
    /^line 1 adds to 10.0.0.1:80\/TCP/,
  ],
  [
    'a line that ends in the middle',
    readIpvsRules,
    '-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.1:80 -r 10.',
    /^line 2 of the/,
  ],
];

function firstLines(count: number): string {
  return dumpOf('iptables').split('\n').slice(0, count).join('\n');
}

for (const [title, read, text, message] of CASES) {
  t.test(`${read.name} says what it read of ${title}, and what it expects`, async (t) => {
    try {
      read([text]);
      t.fail('it was read');
    } catch (error) {
      if (!(error instanceof SvclaneError)) throw error;
      t.equal(error.code, 'SVL_DUMP_INVALID');
      t.match(error.message, message);
      t.ok(error.hint, 'with a hint');
    }
  });
}

t.test('rules of iptables-legacy beside those of the dump are told, or asked for where they are all', async (t) => {
  const warning = '# Warning: iptables-legacy tables present, use iptables-legacy-save to see them\n';
  t.match(readIptablesRules([`${dumpOf('iptables')}${warning}`]).notes, [/iptables-legacy too/]);
  const read = (): unknown => readIptablesRules([`${CANARY}${warning}`]);
  const hint = 'its rules may be those of the other kind: try iptables-legacy-save';
  t.throws(read, Object.assign(new Error(), { hint }));
});

t.test('counters, and dumps one after the other in a file, make no difference', async (t) => {
  const texts = [dumpOf('iptables'), dumpOf('ip6tables')];
  const counted = texts.map((text) => text.replace(/^-A /gm, '[12:3456] -A '));
  const { frontends } = readIptablesRules(texts);
  // A rule says where it stands, with its line.
  const plain = (rules: ProgrammedRules): unknown => JSON.stringify(rules.frontends);
  t.equal(plain(readIptablesRules(counted)), JSON.stringify(frontends));
  t.equal(plain(readIptablesRules([texts.join('')])), JSON.stringify(frontends));
  const headless = texts.join('').replace(/^#.*\n/gm, '');
  t.equal(plain(readIptablesRules([headless])), JSON.stringify(frontends));
});

for (const { mode, texts, read } of MODES) {
  t.test(`a damaged dump of mode ${mode} is read or refused, never anything else`, async (t) => {
    const text = texts.join('');
    const damage = fc.array(
      fc.record({
        at: fc.nat(text.length),
        length: fc.oneof(fc.nat(3), fc.nat(400)),
        insert: fc.oneof(
          fc.string({ maxLength: 4 }),
          fc.constantFrom('"', '\n', '{', ']', ' -j ', '-A ', ':', '0', '\u0000'),
        ),
      }),
      { minLength: 1, maxLength: 6 },
    );
    const refused = fc.property(damage, (changes) => {
      let damaged = text;
      for (const { at, length, insert } of changes)
        damaged = damaged.slice(0, at) + insert + damaged.slice(at + length);
      return isReadOrRefused(read, damaged);
    });
    holds(t, refused, 100);
  });
}

t.test('JSON of any shape is read or refused by readNftRules, never anything else', async (t) => {
  const maps = ['service-ips', 'service-nodeports', 'no-endpoint-services', 'firewall-ips'];
  const anything = fc.array(fc.jsonValue({ maxDepth: 4 }), { maxLength: 4 });
  const refused = fc.property(anything, anything, (elements, statements) => {
    const of = { family: 'ip', table: 'kube-proxy' };
    const items = [
      { table: { family: 'ip', name: 'kube-proxy' } },
      { chain: { ...of, name: 'services' } },
      ...maps.map((name) => ({ map: { ...of, name, elem: elements } })),
      { rule: { ...of, chain: 'services', expr: statements } },
    ];
    return isReadOrRefused(readNftRules, JSON.stringify({ nftables: items }));
  });
  holds(t, refused);
});

function isReadOrRefused(read: Read, text: string): boolean {
  try {
    read([text]);
    return true;
  } catch (error) {
    if (error instanceof SvclaneError && error.code === 'SVL_DUMP_INVALID') return true;
    throw error;
  }
}
