/**
 * The contract of balancing: which of the eligible endpoints gets this flow.
 */

import type { Endpoint } from '../model/endpoint.ts';
import type { PickReason } from '../model/flow.ts';
import type { ServicePort } from '../model/route.ts';
import type { AffinityRow } from '../model/soft-state.ts';

/** The endpoint for one flow, and how it was chosen. */
export interface Pick {
  readonly endpoint: Endpoint;
  readonly why: PickReason;
  /** The target of the override that chose, as it was written; absent = none did. */
  readonly override?: string;
}

/** A ServicePort before and after a new table; `undefined` = was not there, or is gone. */
export interface ServicePortChange {
  readonly before: ServicePort | undefined;
  readonly after: ServicePort | undefined;
}

/** Chooses endpoints and keeps what that needs: rotation, affinity, open flows. State is kept per `ServicePort.key`. */
export interface Picker {
  /**
   * Picks one of `eligible` for a new flow. `tried` holds the keys of endpoints that failed for this very flow, are
   * ejected or in quarantine: they are left out, and a remembered affinity to one of them is moved to the new pick. `undefined` = nobody is left.
   */
  pick(
    servicePort: ServicePort,
    eligible: readonly Endpoint[],
    clientAddress: string,
    tried?: ReadonlySet<string>,
  ): Pick | undefined;
  /**
   * A flow was given the endpoint, or left it: what least connections counts. `flowOpened` is called right after the
   * pick, before the dial, so that flows that arrive together are spread; a dial that fails is a flow that ended.
   */
  flowOpened(servicePortKey: string, endpointKey: string): void;
  flowEnded(servicePortKey: string, endpointKey: string): void;
  /** Follows a new table: forgets what belongs to ServicePorts and endpoints that are gone. */
  sync(changes: readonly ServicePortChange[]): void;
  /** What session affinity remembers, least recently used first. */
  affinity(): Iterable<AffinityRow>;
  /** Remembers what a predecessor did, as far as `servicePortOf` knows the ServicePort, its affinity and the endpoint. */
  inheritAffinity(rows: readonly AffinityRow[], servicePortOf: (key: string) => ServicePort | undefined): void;
}
