/**
 * What kube-proxy has programmed in mode iptables.
 *
 *   nat KUBE-SERVICES, KUBE-NODEPORTS ─▶ KUBE-SVC or KUBE-SVL, KUBE-EXT (external addresses), KUBE-FW (source ranges)
 *     ─▶ KUBE-SEP ─▶ DNAT
 *   filter KUBE-SERVICES, KUBE-EXTERNAL-SERVICES ─▶ REJECT, DROP: for whom nat has not decided
 *   filter KUBE-PROXY-FIREWALL ─▶ DROP: who is not of the source ranges
 */

import type { Cidr } from '../model/address.ts';
import type { ClientClass } from '../routing/client-class.ts';
import { type Chains, leadsTo, type Outcome, tellsPods } from './chain-rule.ts';
import { type IptablesDump, parseIptablesDump } from './iptables-dump.ts';
import type { IptablesRule } from './iptables-rule.ts';
import {
  ANY_ADDRESS,
  byKey,
  type FrontendPlace,
  type ProgrammedFrontend,
  type ProgrammedRules,
  type ProgrammedVerdict,
  placeOf,
  plainVerdict,
} from './programmed.ts';
import { walkChain } from './walk-chain.ts';

/** Reads dumps by iptables-save, ip6tables-save, or both. Throws `SVL_DUMP_INVALID`. */
export function readIptablesRules(texts: readonly string[]): ProgrammedRules {
  const { dumps, notes } = parseIptablesDump(texts);
  return {
    tool: 'iptables',
    families: dumps.map(({ family }) => family),
    tellsPods: dumps.some(({ nat }) => tellsPods(externalChains(nat))),
    frontends: dumps.flatMap(frontendsOf).sort(byKey),
    gaps: dumps.flatMap(gapsOf),
    notes,
  };
}

function frontendsOf(dump: IptablesDump): readonly ProgrammedFrontend[] {
  const { nat, filter } = dump;
  const forwards = rulesByFrontend(dump, [...rulesOf(nat, 'KUBE-SERVICES'), ...rulesOf(nat, 'KUBE-NODEPORTS')]);
  const denials = rulesByFrontend(dump, [
    ...rulesOf(filter, 'KUBE-SERVICES'),
    ...rulesOf(filter, 'KUBE-EXTERNAL-SERVICES'),
  ]);
  const guards = rulesByFrontend(dump, rulesOf(filter, 'KUBE-PROXY-FIREWALL'));
  return [...new Map([...denials, ...forwards])].map(([key, { place }]) => {
    const [forward, denial] = [forwards.get(key)?.rule, denials.get(key)?.rule];
    const entry = chainOf(forward);
    const firewall = entry.startsWith('KUBE-FW-') ? rulesOf(nat, entry) : undefined;
    const start = firewall ? chainOf(firewall.find((rule) => chainOf(rule) !== '')) : entry;
    const verdictOf = (clientClass: ClientClass): ProgrammedVerdict => {
      if (forward && !isPlain(forward)) return plainVerdict('unreadable', forward.where);
      const found = forward ? walkChain({ chains: nat, clientClass, protocol: place.protocol }, start) : undefined;
      return found && found.action !== 'none' ? found : denialOf(denial);
    };
    return {
      ...place,
      name: nameIn((forward ?? denial)?.comment ?? ''),
      verdicts: { pod: verdictOf('pod'), node: verdictOf('node'), external: verdictOf('external') },
      sourceRanges: firewall && guards.has(key) ? sourcesOf(firewall) : undefined,
    };
  });
}

/** Rules by the frontend that they are for; those for more than one address of the node are no frontends. */
function rulesByFrontend(
  { family }: IptablesDump,
  rules: readonly IptablesRule[],
): ReadonlyMap<string, { readonly place: FrontendPlace; readonly rule: IptablesRule }> {
  const found = new Map<string, { readonly place: FrontendPlace; readonly rule: IptablesRule }>();
  for (const rule of rules) {
    const { destination = ANY_ADDRESS[family], hasRange, port, protocol } = rule;
    if (hasRange || port === undefined || !protocol) continue;
    const place = placeOf(destination, port, protocol);
    // The first rule that applies decides.
    if (place && !found.has(place.key)) found.set(place.key, { place, rule });
  }
  return found;
}

/** It takes every client of its frontend, and leads to a chain. */
function isPlain(rule: IptablesRule): boolean {
  return chainOf(rule) !== '' && rule.conditions.every(({ type }) => type === 'protocol');
}

function denialOf(rule: IptablesRule | undefined): ProgrammedVerdict {
  if (!rule) return plainVerdict('none');
  const type = rule.conditions.every((condition) => condition.type === 'protocol') ? rule.outcomes[0]?.type : 'unknown';
  return type === 'reject' || type === 'drop' ? plainVerdict(type) : plainVerdict('unreadable', rule.where);
}

function chainOf(rule: IptablesRule | undefined): string {
  const outcome: Outcome | undefined = rule?.outcomes[0];
  return outcome?.type === 'chains' ? (outcome.chains[0] ?? '') : '';
}

function sourcesOf(rules: readonly IptablesRule[]): readonly Cidr[] {
  return rules.map(({ source }) => source).filter((source) => source !== undefined);
}

/** `shop/web:http cluster IP`, `shop/web has no endpoints`: the first word. */
function nameIn(comment: string): string {
  const [word = ''] = comment.split(' ');
  return word.includes('/') ? word : '';
}

function rulesOf(table: IptablesDump['nat'], chain: string): readonly IptablesRule[] {
  return table.get(chain) ?? [];
}

/** Where kube-proxy tells clients apart: the rules of an endpoint name its own address as a source too. */
function externalChains(nat: Chains): Chains {
  return new Map([...nat].filter(([name]) => name.startsWith('KUBE-EXT-')));
}

/** Who must lead where; "" = whoever. Only what every version of kube-proxy has. */
const WAYS: readonly (readonly [table: 'nat' | 'filter', from: string, to: string])[] = [
  ['nat', 'PREROUTING', 'KUBE-SERVICES'],
  ['nat', 'OUTPUT', 'KUBE-SERVICES'],
  ['nat', 'KUBE-SERVICES', 'KUBE-NODEPORTS'],
  ['filter', '', 'KUBE-SERVICES'],
  ['filter', '', 'KUBE-EXTERNAL-SERVICES'],
];

function gapsOf(dump: IptablesDump): readonly string[] {
  const of = dump.family === 'IPv4' ? 'iptables' : 'ip6tables';
  return WAYS.filter(([table, from, to]) => !leadsTo(dump[table], to, from === '' ? undefined : from)).map(
    ([table, from, to]) =>
      `${of}, table ${table}: ${from === '' ? 'no chain' : `chain ${from} no longer`} leads to ${to}`,
  );
}
