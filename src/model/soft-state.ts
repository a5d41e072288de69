/**
 * Soft state: what a process learned by serving, and hands on to its successor. Losing it breaks nothing.
 *
 * Names and keys are those of the routing table, never positions in it: the successor builds a table of its own, and
 * ignores what is not in that. Rows are plain JSON.
 */

import type { FaultEffects } from './fault.ts';

/** A client that session affinity remembers. */
export interface AffinityRow {
  readonly servicePort: string;
  readonly client: string;
  readonly endpoint: string;
  /** Since its last flow began. */
  readonly idleMs: number;
}

/** An endpoint that failed lately. `leftMs` 0 = it is not ejected, but on trial or merely suspect. */
export interface SuspectRow {
  readonly servicePort: string;
  readonly endpoint: string;
  readonly cause: string;
  readonly failures: number;
  readonly times: number;
  readonly forMs: number;
  readonly leftMs: number;
}

/** An endpoint that an operator drains. */
export interface QuarantineRow {
  readonly servicePort: string;
  readonly endpoint: string;
}

/** A live UDP flow. `address` as the socket gives it. */
export interface UdpFlowRow {
  readonly frontend: string;
  readonly address: string;
  readonly port: number;
  readonly endpoint: string;
}

/** What a person does to flows of a Service: port "" = every one, protocol "" = whichever it has. */
interface InterventionRow {
  readonly namespace: string;
  readonly service: string;
  readonly port: string;
  readonly protocol: string;
  /** Since it was set. */
  readonly ageMs: number;
  readonly leftMs: number;
}

/** An override, as it is written. */
export interface OverrideRow extends InterventionRow {
  readonly target: string;
  readonly match: string;
  readonly fallback: string;
}

/** A fault, with what it does. */
export interface FaultRow extends InterventionRow, FaultEffects {}

export interface InterventionRows {
  readonly overrides: readonly OverrideRow[];
  readonly faults: readonly FaultRow[];
}

/** All that a process hands on. */
export interface HandedOn extends SoftState, InterventionRows {
  /** Names of sockets, besides those that are known by where they are bound. */
  readonly lent: readonly string[];
}

/** What the data plane learned. */
export interface SoftState {
  /** Least recently used first. */
  readonly affinity: readonly AffinityRow[];
  readonly suspects: readonly SuspectRow[];
  readonly quarantine: readonly QuarantineRow[];
  readonly udpFlows: readonly UdpFlowRow[];
}
