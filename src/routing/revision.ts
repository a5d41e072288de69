/**
 * What a history is asked for, and how much it keeps.
 */

import type { RoutingTable } from '../model/route.ts';
import type { ContestedChange } from './past-table.ts';
import type { ServiceVersion, VersionMoment } from './service-version.ts';

/** How much is kept. Whatever was in force within `maxAgeMs` counts as young enough; the newest is always kept. */
export interface HistoryBounds {
  readonly maxRevisions: number;
  readonly maxAgeMs: number;
}

/** `serviceProxyName` is that of the cluster state; default "". */
export interface HistoryOptions extends HistoryBounds {
  readonly serviceProxyName?: string;
  /** Of so many changes the routes that they replaced are kept, so that a table of the past is made sooner. */
  readonly keptRoutes?: number;
}

/** One table of the past, and since when it was in force. To be used at once: the ring moves on. */
export interface Revision extends VersionMoment {
  /** The Services that it changed, sorted by key. */
  readonly changes: readonly ServiceVersion[];
  /** Made when it is asked for: it costs the Services that changed since. */
  readonly table: RoutingTable;
  /** The table that it replaced, at the same cost. */
  readonly previous: RoutingTable;
}

/** What the ring keeps of a revision. */
export interface KeptRevision extends VersionMoment {
  /** Emptied when the revision leaves the ring: versions that live on point here. */
  changes: readonly OwnVersion[];
  readonly contested: readonly ContestedChange[];
}

/** A version of the ring, which loses what it followed when that leaves it, and its routes when there are newer ones. */
export type OwnVersion = Omit<ServiceVersion, 'before' | 'kept'> & {
  before: OwnVersion | undefined;
  kept: ServiceVersion['kept'];
};
