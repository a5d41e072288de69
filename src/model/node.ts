/**
 * Node, decoded to what routing needs. Only the proxy's own Node is ever watched.
 */

import type { Problem } from './problem.ts';

export interface Node {
  readonly kind: 'Node';
  readonly name: string;
  readonly resourceVersion: string;
  /** `topology.kubernetes.io/zone`; "" = none. */
  readonly zone: string;
  /** Usable `status.addresses`, canonical: every InternalIP, then every ExternalIP, each in the API's order. */
  readonly addresses: readonly string[];
  /** `spec.podCIDRs` as text, canonical. */
  readonly podCIDRs: readonly string[];
  readonly taintKeys: readonly string[];
  /** `metadata.deletionTimestamp` is set. */
  readonly deleting: boolean;
  readonly problems: readonly Problem[];
}
