/**
 * What kube-proxy has programmed in mode nftables.
 *
 *   service-ips, service-nodeports: address . protocol . port ─▶ chain of the Service ─▶ dnat
 *   no-endpoint-…: the same key ─▶ drop, or the chain that rejects: for whom no chain has decided before
 *   firewall-ips: the same key ─▶ chain that drops who is not of the source ranges
 */

import { isRecord } from '../lib/is-record.ts';
import type { Cidr } from '../model/address.ts';
import type { ClientClass } from '../routing/client-class.ts';
import { type Chains, leadsTo, tellsPods } from './chain-rule.ts';
import { quote } from './dump-error.ts';
import { type NftTable, parseNftDump } from './nft-dump.ts';
import {
  ANY_ADDRESS,
  byKey,
  type FrontendPlace,
  type ProgrammedFrontend,
  type ProgrammedRules,
  type ProgrammedVerdict,
  placeOf,
  plainVerdict,
  protocolNamed,
} from './programmed.ts';
import { walkChain } from './walk-chain.ts';

/** Reads dumps by nft that belong together. Throws `SVL_DUMP_INVALID`. */
export function readNftRules(texts: readonly string[]): ProgrammedRules {
  const tables = parseNftDump(texts);
  return {
    tool: 'nftables',
    families: tables.map(({ family }) => family),
    tellsPods: tables.some(({ chains }) => tellsPods(chains)),
    frontends: tables.flatMap(frontendsOf).sort(byKey),
    gaps: tables.flatMap(gapsOf),
    notes: [],
  };
}

/** An element of one of the maps. `chain` "" = the verdict goes to no chain. */
interface Element {
  readonly place: FrontendPlace;
  readonly chain: string;
  readonly verdict: string;
  readonly comment: string;
}

function frontendsOf(table: NftTable): readonly ProgrammedFrontend[] {
  const forwards = elementsIn(table, FORWARDS);
  const denials = elementsIn(table, DENIALS);
  const firewalls = elementsIn(table, FIREWALLS);
  const clusterIPs = new Set(table.sets.get('cluster-ips'));
  const rejectsRest = (table.chains.get('cluster-ips-check') ?? []).some(({ outcomes }) =>
    outcomes.some(({ type }) => type === 'reject'),
  );
  return [...new Map([...denials, ...forwards])].map(([key, { place }]) => {
    const [forward, denial, firewall] = [forwards.get(key), denials.get(key), firewalls.get(key)];
    const rest = rejectsRest && clusterIPs.has(place.address) ? plainVerdict('reject') : plainVerdict('none');
    const verdictOf = (clientClass: ClientClass): ProgrammedVerdict => {
      const walker = { chains: table.chains, clientClass, protocol: place.protocol };
      const found = forward ? walkChain(walker, forward.chain) : plainVerdict('none');
      if (found.action !== 'none' || !denial) return found.action === 'none' ? rest : found;
      return denial.chain === '' ? verdictNamed(denial.verdict) : walkChain(walker, denial.chain);
    };
    return {
      ...place,
      name: denial?.comment || nameOfChain(forward?.chain ?? ''),
      verdicts: { pod: verdictOf('pod'), node: verdictOf('node'), external: verdictOf('external') },
      sourceRanges: firewall && rangesOf(table.chains, firewall.chain),
    };
  });
}

/** Elements by the key of their frontend. */
function elementsIn(table: NftTable, maps: readonly string[]): ReadonlyMap<string, Element> {
  const found = new Map<string, Element>();
  for (const map of maps) {
    for (const entry of table.maps.get(map) ?? []) {
      const element = readElement(table, entry);
      if (element) found.set(element.place.key, element);
    }
  }
  return found;
}

/** `[KEY, {"goto": {"target": …}}]`; a key with a comment is `{"elem": {"val": KEY, "comment": …}}`. */
function readElement({ family }: NftTable, entry: unknown): Element | undefined {
  const [key, verdict] = Array.isArray(entry) ? entry : [];
  const elem = isRecord(key) && isRecord(key.elem) ? key.elem : undefined;
  const value: unknown = elem ? elem.val : key;
  const parts = isRecord(value) && Array.isArray(value.concat) ? value.concat : [];
  const [address, name, port] = parts.length === 2 ? [ANY_ADDRESS[family], ...parts] : parts;
  const protocol = protocolNamed(name);
  const place = protocol && typeof port === 'number' ? placeOf(String(address), port, protocol) : undefined;
  if (!place || !isRecord(verdict)) return undefined;
  const [[type, target] = ['', undefined]] = Object.entries(verdict);
  const chain = isRecord(target) && typeof target.target === 'string' ? target.target : '';
  return { place, chain, verdict: type, comment: typeof elem?.comment === 'string' ? elem.comment : '' };
}

function verdictNamed(verdict: string): ProgrammedVerdict {
  return verdict === 'drop' ? plainVerdict('drop') : plainVerdict('unreadable', `verdict ${verdict}`);
}

/** `external-2IXM6PT6-shop/web/tcp/http` is of `shop/web:http`; an unnamed port ends with the slash. */
function nameOfChain(chain: string): string {
  const [, namespace, service, port] = /^[a-z]+-[A-Z2-7]{8}-([^/]+)\/([^/]+)\/[a-z]+\/([^/]*)$/.exec(chain) ?? [];
  if (namespace === undefined || service === undefined) return '';
  return port === undefined || port === '' ? `${namespace}/${service}` : `${namespace}/${service}:${port}`;
}

/** The ranges outside of which a chain drops. */
function rangesOf(chains: Chains, chain: string): readonly Cidr[] | undefined {
  for (const { conditions, outcomes } of chains.get(chain) ?? []) {
    const [condition] = conditions;
    const drops = outcomes.some(({ type }) => type === 'drop');
    if (drops && conditions.length === 1 && condition?.type === 'pod' && condition.negated) return condition.sources;
  }
  return undefined;
}

const FORWARDS = ['service-ips', 'service-nodeports'];
const DENIALS = ['no-endpoint-services', 'no-endpoint-nodeports'];
const FIREWALLS = ['firewall-ips'];
const MAPS: readonly string[] = [...FORWARDS, ...DENIALS, ...FIREWALLS];

/** Who must lead where; "" = whoever. Only what every version of kube-proxy has. */
const WAYS: readonly (readonly [from: string, to: string])[] = [
  ['nat-prerouting', 'services'],
  ['nat-output', 'services'],
  ['services', 'service-ips'],
  ['services', 'service-nodeports'],
  ['service-endpoints-check', 'no-endpoint-services'],
  ['', 'service-endpoints-check'],
  ['firewall-check', 'firewall-ips'],
  ['', 'firewall-check'],
];

function gapsOf(table: NftTable): readonly string[] {
  const name = table.family === 'IPv4' ? 'ip kube-proxy' : 'ip6 kube-proxy';
  const strange = [...MAPS].flatMap((map) =>
    (table.maps.get(map) ?? [])
      .filter((entry) => !readElement(table, entry))
      .map((entry) => `table ${name}: map ${map} has an element of unknown form: ${quote(JSON.stringify(entry))}`),
  );
  return [...strange, ...missingWays(table.chains).map((way) => `table ${name}: ${way}`)];
}

function missingWays(chains: Chains): readonly string[] {
  return WAYS.filter(([from, to]) => !leadsTo(chains, to, from === '' ? undefined : from)).map(
    ([from, to]) => `${from === '' ? 'no chain' : `chain ${from} no longer`} leads to ${to}`,
  );
}
