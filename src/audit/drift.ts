/**
 * Drift: one thing in which a proxy's rules are not what the API asks for.
 */

import type { ClientClass } from '../routing/client-class.ts';
import type { Exclusion } from '../routing/codes.ts';

/**
 * `endpointStale`: still mapped, though clients should not get it; `endpointMissing`: not mapped; `frontendStale`: of no
 * Service; `frontendMissing`; `policy`: refused, dropped or forwarded, where it should be another of these; `affinity`;
 * `sourceRanges`; `unreadable`: a rule of a form that is not known; `gap`: wrong outside of any frontend.
 */
export type DriftKind =
  | 'endpointStale'
  | 'endpointMissing'
  | 'frontendStale'
  | 'frontendMissing'
  | 'policy'
  | 'affinity'
  | 'sourceRanges'
  | 'unreadable'
  | 'gap';

/** One drift, of all frontends and clients of a Service port that have it in the same way. */
export interface Drift {
  readonly kind: DriftKind;
  /** Of the Service; "" = not known. */
  readonly namespace: string;
  readonly service: string;
  /** `shop/web:http`; "" = of no Service, and the rules do not say. */
  readonly servicePort: string;
  /** Keys, sorted. Empty for `gap`. */
  readonly frontends: readonly string[];
  /** The Service port has other frontends, which do not have this drift. */
  readonly partly: boolean;
  /** Which clients; empty = all. */
  readonly clients: readonly ClientClass[];
  /** Key of the endpoint; "" = it is about none. */
  readonly endpoint: string;
  /** What is programmed, and what should be, in words; "" where the endpoint says it. */
  readonly found: string;
  readonly wanted: string;
  /** Why an endpoint should not be mapped, by which field of which object; `undefined` = no slice has it. */
  readonly exclusion?: Exclusion;
}

/** What a comparison found. */
export interface Comparison {
  /** By Service port, then by kind. */
  readonly drifts: readonly Drift[];
  /** How many frontends are as they should be. */
  readonly equal: number;
}
