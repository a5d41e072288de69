/**
 * What a revision changed: which Services, for which change of which object, and what became of their endpoints.
 */

import type { NodeContext } from '../model/route.ts';
import { type ChangeCause, serviceCauses, sliceCauses, tableCauses } from './change-causes.ts';
import type { History } from './history.ts';
import type { ServiceVersion } from './service-version.ts';

/** One Service that a revision changed. */
export interface ServiceChange {
  readonly generation: number;
  readonly atMs: number;
  /** `namespace/name`. */
  readonly service: string;
  readonly causes: readonly ChangeCause[];
  /** How many endpoints clients in the cluster had before, and have after. */
  readonly routableBefore: number;
  readonly routableAfter: number;
}

/** Which changes are wanted. `service` is `namespace/name`; `namespace` alone gives all of its Services. */
export interface ChangeQuery {
  readonly service?: string;
  readonly namespace?: string;
  /** Only changes at this time or later, ms since the epoch. */
  readonly sinceMs?: number;
  /** Only changes ahead of this one, as the list has them. */
  readonly before?: { readonly generation: number; readonly service: string };
  /** The newest that many. */
  readonly limit: number;
}

/** The changes that a query wants, the oldest first; within a revision by Service. */
export function listChanges(history: History, query: ChangeQuery): readonly ServiceChange[] {
  const found: ServiceChange[] = [];
  for (const version of versionsOf(history, query)) {
    if (version.moment.atMs < (query.sinceMs ?? Number.NEGATIVE_INFINITY) || found.length >= query.limit) break;
    if (query.before && !isAhead(version, query.before)) continue;
    found.push(changeOf(version, history));
  }
  return found.reverse();
}

function isAhead(
  { key, moment }: ServiceVersion,
  { generation, service }: NonNullable<ChangeQuery['before']>,
): boolean {
  return moment.generation < generation || (moment.generation === generation && key < service);
}

/** From the newest back; within a revision from the last key back. */
function* versionsOf(history: History, { service, namespace }: ChangeQuery): Generator<ServiceVersion> {
  if (service !== undefined) {
    yield* history.changesOf(service);
    return;
  }
  for (const { changes } of history.backwards()) {
    for (const version of changes.toReversed()) {
      if (namespace === undefined || version.key.startsWith(`${namespace}/`)) yield version;
    }
  }
}

function changeOf(version: ServiceVersion, history: History): ServiceChange {
  const { key, moment, before, routable } = version;
  return {
    generation: moment.generation,
    atMs: moment.atMs,
    service: key,
    causes: causesOfVersion(version, history.nodeBefore(moment.generation)),
    routableBefore: before?.routable ?? 0,
    routableAfter: routable,
  };
}

/**
 * Why a Service changed: the objects that did; where none did, what changed around it. `nodeBefore` is where we ran before.
 */
export function causesOfVersion(version: ServiceVersion, nodeBefore: NodeContext): readonly ChangeCause[] {
  const { before, moment } = version;
  const causes = [
    ...serviceCauses(before?.service, version.service),
    ...sliceCauses(before?.slices ?? [], version.slices),
  ];
  if (causes.length > 0) return causes;
  return tableCauses(nodeBefore, moment.node, before?.conflicts, version.conflicts);
}
