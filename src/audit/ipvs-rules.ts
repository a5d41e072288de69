/**
 * What kube-proxy has programmed in mode ipvs: virtual servers and their real servers, from `ipvsadm -Sn`.
 *
 * The kernel refuses clients of a virtual server without real servers. IPVS tells no classes of clients apart: all get the
 * same. Source ranges are in ipsets, which ipvsadm does not show.
 *
 * Source: ipvsadm(8).
 */

import { formatHostPort, type Protocol, parseAddress } from '../model/address.ts';
import { dumpError, quote, recognizeDump } from './dump-error.ts';
import { byKey, type FrontendPlace, type ProgrammedRules, placeOf, plainVerdict } from './programmed.ts';

const HINT = 'ipvsadm -Sn, as root, prints what is expected';
const PROTOCOLS: Readonly<Record<string, Protocol>> = { '-t': 'TCP', '-u': 'UDP', '--sctp-service': 'SCTP' };

interface VirtualServer extends FrontendPlace {
  /** 0 = clients do not stay. */
  readonly persistSeconds: number;
  readonly endpoints: string[];
}

/** Reads dumps that belong together. Throws `SVL_DUMP_INVALID`. */
export function readIpvsRules(texts: readonly string[]): ProgrammedRules {
  const text = texts.join('\n');
  if (text.trim() === '') throw dumpError('the dump of ipvsadm is empty: there is no virtual server', HINT);
  const known = recognizeDump(text);
  if (known?.includes('--ipvs') === false) throw dumpError(`this is ${known}`, HINT);
  const servers = new Map<string, VirtualServer>();
  let marks = 0;
  for (const [index, line] of text.split('\n').entries()) {
    const words = line.trim().split(/\s+/);
    if (words[0] === '') continue;
    if (words[1] === '-f') marks++;
    else readLine(words, index + 1, servers);
  }
  return {
    tool: 'ipvs',
    families: ['IPv4', 'IPv6'],
    tellsPods: false,
    frontends: [...servers.values()].map(frontendOf).sort(byKey),
    gaps: [],
    notes: marks === 0 ? [] : [`${marks} lines with firewall marks were left out: kube-proxy has none`],
  };
}

function readLine(words: readonly string[], number: number, servers: Map<string, VirtualServer>): void {
  const [verb = '', service = '', target = ''] = words;
  const place = Object.hasOwn(PROTOCOLS, service) ? placeIn(target, PROTOCOLS[service] ?? 'TCP') : undefined;
  if (!place || (verb !== '-A' && verb !== '-a')) throw unexpected(words, number);
  if (verb === '-A') {
    const persist = words.indexOf('-p');
    const persistSeconds = persist < 0 ? 0 : Number(words[persist + 1]);
    if (!Number.isInteger(persistSeconds)) throw unexpected(words, number);
    servers.set(place.key, { ...place, persistSeconds, endpoints: [] });
    return;
  }
  const server = servers.get(place.key);
  const endpoint = hostPortIn(words[words.indexOf('-r') + 1] ?? '');
  if (!server) throw dumpError(`line ${number} adds to ${place.key}, which no line before has begun`, HINT);
  if (!words.includes('-r') || !endpoint) throw unexpected(words, number);
  const weight = words.indexOf('-w');
  // Of weight 0 is what only finishes its connections.
  if (weight < 0 || words[weight + 1] !== '0') server.endpoints.push(formatHostPort(...endpoint));
}

function frontendOf({ persistSeconds, endpoints, ...place }: VirtualServer): ProgrammedRules['frontends'][number] {
  const sorted = endpoints.toSorted();
  const affinity = new Map(persistSeconds === 0 ? [] : sorted.map((endpoint) => [endpoint, persistSeconds]));
  const verdict =
    sorted.length === 0
      ? plainVerdict('reject')
      : ({ action: 'forward', endpoints: sorted, affinity, detail: '' } as const);
  return { ...place, name: '', verdicts: { pod: verdict, node: verdict, external: verdict }, sourceRanges: undefined };
}

function placeIn(text: string, protocol: Protocol): FrontendPlace | undefined {
  const found = hostPortIn(text);
  return found && placeOf(...found, protocol);
}

function hostPortIn(text: string): readonly [address: string, port: number] | undefined {
  const [, six, four, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = parseAddress(six ?? four ?? '');
  return address === undefined ? undefined : [address, Number(port)];
}

function unexpected(words: readonly string[], number: number): Error {
  const line = quote(words.join(' '));
  return dumpError(`line ${number} of the dump is no line of ipvsadm -Sn with addresses as numbers: ${line}`, HINT);
}
