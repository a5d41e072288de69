/**
 * Follows one class of clients through the chains of a proxy: the endpoints among which is chosen, or why there is none.
 */

import type { Protocol } from '../model/address.ts';
import type { ClientClass } from '../routing/client-class.ts';
import type { ChainRule, Chains, Condition, Outcome } from './chain-rule.ts';
import { type ProgrammedVerdict, plainVerdict } from './programmed.ts';

/** Deeper than any proxy's chains are. */
const MAX_DEPTH = 16;

/** Whom to follow. */
export interface Walker {
  readonly chains: Chains;
  readonly clientClass: ClientClass;
  readonly protocol: Protocol;
}

/** What the client gets from a chain on; `none` where no rule of it decides. */
export function walkChain(walker: Walker, chain: string): ProgrammedVerdict {
  const walk = new Walk(walker);
  const ending = walk.follow(chain, 0);
  if (walk.problem !== undefined) return plainVerdict('unreadable', walk.problem);
  if (walk.endpoints.size === 0) return plainVerdict(ending === 'reject' || ending === 'drop' ? ending : 'none');
  return { action: 'forward', endpoints: [...walk.endpoints].sort(), affinity: walk.affinity(), detail: '' };
}

/** How a chain ends for the client: `open` = whoever called it goes on. */
type Ending = 'open' | 'done' | 'reject' | 'drop';

class Walk {
  endpoints = new Set<string>();
  problem: string | undefined;
  readonly #walker: Walker;
  /** Endpoint → the set by which clients stay there, and for how long. */
  readonly #sticky = new Map<string, { readonly set: string; readonly seconds: number }>();
  readonly #remembered = new Set<string>();

  constructor(walker: Walker) {
    this.#walker = walker;
  }

  /** Only where a client is remembered does it stay. */
  affinity(): ReadonlyMap<string, number> {
    const lasting = [...this.#sticky].filter(([, { set }]) => this.#remembered.has(set));
    return new Map(lasting.map(([endpoint, { seconds }]) => [endpoint, seconds]));
  }

  follow(chain: string, depth: number): Ending {
    const rules = this.#walker.chains.get(chain);
    if (!rules || depth > MAX_DEPTH) {
      this.problem ??= rules ? `chain ${chain} leads back to itself` : `chain ${chain} is not in the dump`;
      return 'done';
    }
    for (const rule of rules) {
      const ending = this.#apply(rule, depth);
      if (ending === 'return') return 'open';
      if (ending !== 'open') return ending;
    }
    return 'open';
  }

  #apply(rule: ChainRule, depth: number): Ending | 'return' {
    const decisive = rule.outcomes.filter(({ type }) => type !== 'pass');
    if (decisive.length === 0 || rule.conditions.some((condition) => this.#fails(condition))) return 'open';
    const sticky = rule.conditions.find((condition) => condition.type === 'sticky');
    if (sticky) return this.#keep(rule, sticky, depth);
    const unknown = [...rule.conditions, ...decisive].some(({ type }) => type === 'unknown' || type === 'map');
    if (unknown) {
      this.problem ??= rule.where;
      return 'done';
    }
    let ending: Ending | 'return' = 'open';
    for (const outcome of decisive) {
      ending = this.#perform(outcome, depth);
      if (ending !== 'open') break;
    }
    return rule.conditions.some(({ type }) => type === 'chance') ? 'open' : ending;
  }

  #perform(outcome: Outcome, depth: number): Ending | 'return' {
    if (outcome.type === 'remember') this.#remembered.add(outcome.set);
    else if (outcome.type === 'endpoints') {
      for (const endpoint of outcome.endpoints) this.endpoints.add(endpoint);
      return 'done';
    } else if (outcome.type === 'chains') return this.#branch(outcome, depth);
    else if (outcome.type === 'reject' || outcome.type === 'drop' || outcome.type === 'return') return outcome.type;
    else if (outcome.type === 'accept') return 'done';
    return 'open';
  }

  #branch({ chains, final }: Extract<Outcome, { type: 'chains' }>, depth: number): Ending {
    const endings = new Set(chains.map((chain) => this.follow(chain, depth + 1)));
    if (endings.has('open')) return final ? 'done' : 'open';
    const [only = 'done'] = endings;
    return endings.size === 1 ? only : 'done';
  }

  /** Clients that stay: where they go is noted, and the others go on. */
  #keep({ outcomes }: ChainRule, { set, seconds }: Extract<Condition, { type: 'sticky' }>, depth: number): 'open' {
    const balanced = this.endpoints;
    this.endpoints = new Set();
    for (const outcome of outcomes) this.#perform(outcome, depth);
    for (const endpoint of this.endpoints) this.#sticky.set(endpoint, { set, seconds });
    this.endpoints = balanced;
    return 'open';
  }

  #fails(condition: Condition): boolean {
    if (condition.type === 'protocol') return condition.protocol !== this.#walker.protocol;
    if (condition.type !== 'pod' && condition.type !== 'node') return false;
    return (this.#walker.clientClass === condition.type) === condition.negated;
  }
}
