/**
 * What a revision changed: which Services, for which change of which object, and what became of their endpoints.
 */

import type { RoutingTable, ServiceRoutes } from '../model/route.ts';
import { type ChangeCause, serviceCauses, sliceCauses, tableCauses } from './change-causes.ts';
import { diffTables } from './diff.ts';
import type { History, Revision } from './history.ts';

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
  /** The newest that many. */
  readonly limit: number;
}

/** The changes that a query wants, the oldest first; within a revision by Service. */
export function listChanges(history: History, query: ChangeQuery): readonly ServiceChange[] {
  const found: ServiceChange[] = [];
  for (const revision of history.backwards()) {
    if (revision.atMs < (query.sinceMs ?? Number.NEGATIVE_INFINITY) || found.length >= query.limit) break;
    const keys = changedServices(revision, query).toReversed();
    for (const key of keys.slice(0, query.limit - found.length)) found.push(changeOf(revision, key));
  }
  return found.reverse();
}

/**
 * How many endpoints clients in the cluster have: the distinct addresses that are eligible at the cluster IPs of a Service,
 * over all ports.
 */
export function countRoutable(routes: ServiceRoutes | undefined): number {
  const addresses = new Set<string>();
  for (const port of routes?.ports ?? []) {
    const eligible = port.internalPolicyLocal ? port.localEndpoints : port.clusterEndpoints;
    for (const { address } of eligible ?? []) addresses.add(address);
  }
  return addresses.size;
}

function changedServices({ previous, table }: Revision, { service, namespace }: ChangeQuery): readonly string[] {
  if (service !== undefined) return previous.services.get(service) === table.services.get(service) ? [] : [service];
  const { services } = diffTables(previous, table);
  return namespace === undefined ? services : services.filter((key) => key.startsWith(`${namespace}/`));
}

function changeOf({ previous, table, atMs }: Revision, key: string): ServiceChange {
  const before = previous.services.get(key);
  const after = table.services.get(key);
  return {
    generation: table.generation,
    atMs,
    service: key,
    causes: causesOf(previous, table, before, after),
    routableBefore: countRoutable(before),
    routableAfter: countRoutable(after),
  };
}

/** The objects that changed; where none did, what changed around the Service. */
function causesOf(
  previous: RoutingTable,
  table: RoutingTable,
  before: ServiceRoutes | undefined,
  after: ServiceRoutes | undefined,
): readonly ChangeCause[] {
  const causes = [
    ...serviceCauses(before?.service, after?.service),
    ...sliceCauses(before?.slices ?? [], after?.slices ?? []),
  ];
  return causes.length > 0 ? causes : tableCauses(previous.node, table.node, before, after);
}
