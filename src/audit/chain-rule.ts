/**
 * Rules of a proxy, in the form that nftables and iptables share as far as a proxy uses them.
 */

import type { Cidr, Protocol } from '../model/address.ts';

/**
 * When a rule applies. `pod`: by the client's address or interface, and `sources` are the addresses where it is by address;
 * `sticky`: to clients that the set remembers; `chance`: to some, by a random number.
 */
export type Condition =
  | { readonly type: 'pod'; readonly negated: boolean; readonly sources: readonly Cidr[] | undefined }
  | { readonly type: 'node'; readonly negated: boolean }
  | { readonly type: 'protocol'; readonly protocol: Protocol }
  | { readonly type: 'sticky'; readonly set: string; readonly seconds: number }
  | { readonly type: 'chance' }
  | { readonly type: 'unknown' };

/**
 * What a rule does. `pass`: nothing that decides where a packet goes (a mark, a counter); `remember`: puts the client into a
 * set; `chains`: goes on in one of them, and comes back unless `final`; `map`: goes on where a named map says.
 */
export type Outcome =
  | { readonly type: 'pass' | 'return' | 'reject' | 'drop' | 'accept' | 'unknown' }
  | { readonly type: 'remember'; readonly set: string }
  | { readonly type: 'endpoints'; readonly endpoints: readonly string[] }
  | { readonly type: 'chains'; readonly chains: readonly string[]; readonly final: boolean }
  | { readonly type: 'map'; readonly map: string };

/** One rule. Several outcomes take place in their order. */
export interface ChainRule {
  /** Says which rule it is, for a person. */
  readonly where: string;
  readonly conditions: readonly Condition[];
  readonly outcomes: readonly Outcome[];
}

/** Chains by name. */
export type Chains = ReadonlyMap<string, readonly ChainRule[]>;

/** Whether some rule of a chain (default: of any) leads to a chain, or to a map. */
export function leadsTo(chains: Chains, target: string, from?: string): boolean {
  const sources = from === undefined ? [...chains.values()] : [chains.get(from) ?? []];
  return sources.some((rules) =>
    rules.some(({ outcomes }) =>
      outcomes.some((outcome) =>
        outcome.type === 'chains' ? outcome.chains.includes(target) : outcome.type === 'map' && outcome.map === target,
      ),
    ),
  );
}

/** Whether some rule tells pods from other clients. */
export function tellsPods(chains: Chains): boolean {
  return [...chains.values()].some((rules) =>
    rules.some(({ conditions }) => conditions.some(({ type }) => type === 'pod')),
  );
}
