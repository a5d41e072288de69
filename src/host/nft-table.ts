/**
 * The text of svclane's nftables table, and what is read back from it.
 *
 * ```
 *   packet ─▶ raw ──────────▶ conntrack ─▶ prerouting / output ─────────┬─▶ input
 *             UDP to or from                dnat by the map:            │   to an own address, but not
 *             a frontend: zone 77           frontend ─▶ own address     │   translated: dropped
 *                                                       and port        └─▶ forward / output
 *                                                                           to a cluster IP still: refused
 * ```
 *
 * A cluster IP is ours whole: what is not translated has no Service port, and would leave the node for nowhere. As with
 * kube-proxy's nftables mode, what begins there is refused whatever its protocol (an ICMP echo too), and only there:
 * external addresses and node ports belong to others beside us.
 *
 * UDP to a frontend has a conntrack zone of its own. What conntrack remembers from before the frontend was captured
 * (and would keep untranslated for as long as the client goes on sending) is in another zone and does not count; and
 * once the frontend is gone its entries are no more refreshed, and end. ICMP errors about such datagrams must be looked
 * up in that zone too: they are told by the protocol and source port of the packet they quote.
 */

import { familyOf, formatHostPort, IP_FAMILIES, type IpFamily, parseAddress } from '../model/address.ts';
import type { Binding } from '../model/capture.ts';
import type { Frontend } from '../model/route.ts';
import { OWN_RANGES, records } from './own-addresses.ts';

/** The table's name in the family `inet`. */
export const TABLE = 'svclane';
/** The owner's mark: a table of this name without it belongs to somebody else. */
export const TABLE_MARK = 'svclane captures Service addresses';
const ZONE = 77;

/** How each family is written. `quoted…`: where an ICMP error has the protocol and source port of what it quotes. */
const GRAMMAR = {
  IPv4: {
    ip: 'ip',
    address: 'ipv4_addr',
    map: 'frontends4',
    clusterIPs: 'cluster-ips4',
    own: OWN_RANGES.IPv4,
    icmp: 'icmp',
    icmpErrors: 'icmp type destination-unreachable',
    quoted: 'quoted4',
    quotedProtocol: '136,8',
    quotedPort: '224,16',
  },
  IPv6: {
    ip: 'ip6',
    address: 'ipv6_addr',
    map: 'frontends6',
    clusterIPs: 'cluster-ips6',
    own: OWN_RANGES.IPv6,
    icmp: 'icmpv6',
    icmpErrors: 'icmpv6 type { destination-unreachable, packet-too-big }',
    quoted: 'quoted6',
    quotedProtocol: '112,8',
    quotedPort: '384,16',
  },
} as const;
type Grammar = (typeof GRAMMAR)[IpFamily];

/** One element of a map: a frontend, and where it goes. */
export interface Element {
  readonly frontend: Omit<Frontend, 'kind'>;
  readonly binding: Binding;
  /** `10.96.0.10 . tcp . 80 : 169.254.77.1 . 61000` */
  readonly text: string;
}

/** The element for a frontend. */
export function elementFor(frontend: Omit<Frontend, 'kind'>, binding: Binding): Element {
  const { address, port, protocol } = frontend;
  const from = `${address} . ${protocol.toLowerCase()} . ${port}`;
  return { frontend, binding, text: `${from} : ${binding.address} . ${binding.port}` };
}

/** What a table holds, or a part of it: frontends, and the cluster IPs among their addresses. */
export interface TableContent {
  readonly elements: readonly Element[];
  /** Distinct. */
  readonly clusterIPs: readonly string[];
}

/** A transaction that puts the whole table in the place of whatever was there. */
export function replaceTable(families: readonly IpFamily[], content: TableContent, name = TABLE): string {
  const filled = contentCommands('add', content, name);
  return [`table inet ${name}`, `delete table inet ${name}`, tableText(families, name), filled].join('\n');
}

/** A transaction that takes content out and puts other content in; "" = nothing to do. */
export function changeElements(removed: TableContent, added: TableContent): string {
  return `${contentCommands('delete', removed, TABLE)}${contentCommands('add', added, TABLE)}`;
}

/** A transaction that removes the table, also where there is none. */
export function removeTable(name = TABLE): string {
  return `table inet ${name}\ndelete table inet ${name}\n`;
}

/** The elements in the output of `nft -j list table`; what is not understood is left out. */
export function parseElements(json: string): readonly Element[] {
  return tableItems(json).flatMap(({ map }) =>
    records([map]).flatMap(({ elem }) => (Array.isArray(elem) ? elem.flatMap(parseElement) : [])),
  );
}

/** Whether a listed table (`nft list table`) bears our mark. */
export function bearsMark(listing: string): boolean {
  return listing.includes(`comment "${TABLE_MARK}"`);
}

function tableText(families: readonly IpFamily[], name: string): string {
  const each = (line: (grammar: Grammar) => string): string =>
    families.map((family) => `    ${line(GRAMMAR[family])}\n`).join('');
  const key = ({ ip }: Grammar): string => `${ip} daddr . meta l4proto . th dport`;
  const zone = `ct zone set ${ZONE}`;
  const datagrams = each((g) => `meta l4proto udp ${key(g)} @${g.map} ${zone}`);
  const errors = each((g) => `${g.icmpErrors} @th,${g.quotedProtocol} 17 ${quotedKey(g)} @${g.quoted} ${zone}`);
  const replies = each((g) => `meta l4proto { udp, ${g.icmp} } ${g.ip} saddr ${g.own} ${zone}`);
  const dnat = each((g) => `dnat ${g.ip} to ${key(g)} map @${g.map}`);
  const refusal = each((g) => `${g.ip} daddr @${g.clusterIPs} ct state new goto refuse`);
  const guard = each((g) => `${g.ip} daddr ${g.own} ct status & dnat == 0 drop`);
  return [
    `table inet ${name} {\n  comment "${TABLE_MARK}"`,
    ...families.map((family) => mapText(GRAMMAR[family])),
    chain('raw-prerouting', 'filter hook prerouting priority -300', datagrams + errors),
    chain('raw-output', 'filter hook output priority -300', datagrams + replies),
    chain('nat-prerouting', 'nat hook prerouting priority -100', dnat),
    chain('nat-output', 'nat hook output priority -100', dnat),
    chain('guard', 'filter hook input priority 0', guard),
    '  chain refuse {\n    meta l4proto tcp reject with tcp reset\n    reject with icmpx port-unreachable\n  }',
    chain('refuse-forward', 'filter hook forward priority 0', refusal),
    chain('refuse-output', 'filter hook output priority 0', refusal),
    '}\n',
  ].join('\n');
}

function mapText(g: Grammar): string {
  return [
    `  map ${g.map} { type ${g.address} . inet_proto . inet_service : ${g.address} . inet_service; }`,
    `  set ${g.quoted} { typeof ${quotedKey(g)}; }`,
    `  set ${g.clusterIPs} { type ${g.address}; }`,
  ].join('\n');
}

function quotedKey(g: Grammar): string {
  return `${g.ip} daddr . @th,${g.quotedPort}`;
}

function chain(name: string, hook: string, rules: string): string {
  return `  chain ${name} {\n    type ${hook}; policy accept;\n${rules}  }`;
}

function contentCommands(verb: 'add' | 'delete', { elements, clusterIPs }: TableContent, table: string): string {
  const command = (set: string, texts: readonly string[]): string =>
    texts.length === 0 ? '' : `${verb} element inet ${table} ${set} { ${texts.join(',\n')} }\n`;
  return IP_FAMILIES.flatMap((family) => {
    const g = GRAMMAR[family];
    const some = elements.filter(({ frontend }) => frontend.family === family);
    const quoted = some.filter(({ frontend }) => frontend.protocol === 'UDP');
    const owned = clusterIPs.filter((address) => familyOf(address) === family);
    return [command(g.map, textsOf(some)), command(g.quoted, quoted.map(quotedText)), command(g.clusterIPs, owned)];
  }).join('');
}

function textsOf(elements: readonly Element[]): readonly string[] {
  return elements.map(({ text }) => text);
}

function quotedText({ frontend }: Element): string {
  return `${frontend.address} . ${frontend.port}`;
}

function tableItems(json: string): readonly Readonly<Record<string, unknown>>[] {
  const listed: unknown = JSON.parse(json);
  return typeof listed === 'object' && listed !== null && 'nftables' in listed ? records(listed.nftables) : [];
}

/** A machine without `/etc/protocols` lists numbers. */
const PROTOCOLS = new Map<unknown, 'TCP' | 'UDP'>([
  ['tcp', 'TCP'],
  [6, 'TCP'],
  ['udp', 'UDP'],
  [17, 'UDP'],
]);

/** `[{"concat": ["10.96.0.10", "tcp", 80]}, {"concat": ["169.254.77.1", 61000]}]` */
function parseElement(element: unknown): readonly Element[] {
  const [from, to] = records(element).map(({ concat }): readonly unknown[] => (Array.isArray(concat) ? concat : []));
  const [address, protocol, port] = from ?? [];
  const [ownText, ownPort] = to ?? [];
  const service = typeof address === 'string' ? parseAddress(address) : undefined;
  const own = typeof ownText === 'string' ? parseAddress(ownText) : undefined;
  const name = PROTOCOLS.get(protocol);
  if (!service || !own || !name || typeof port !== 'number' || typeof ownPort !== 'number') return [];
  const key = `${formatHostPort(service, port)}/${name}`;
  const frontend = { key, address: service, port, protocol: name, family: familyOf(service) } as const;
  return [elementFor(frontend, { address: own, port: ownPort })];
}
