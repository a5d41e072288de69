/**
 * Versions of a Service: what its routes were made from, so that they can be made again.
 *
 *   newest ──before──▶ … ──before──▶ the first that is known        one chain for each Service that changed
 *
 * Routes are some kilobytes, what they are made from is mostly shared with the version before: a history keeps these.
 */

import { emptyMap } from '../lib/persistent-map.ts';
import type { EndpointSlice } from '../model/endpoint-slice.ts';
import type { FrontendConflict, NodeContext, RoutingTable, ServiceRoutes } from '../model/route.ts';
import type { Service } from '../model/service.ts';
import { countRoutable } from './count-routable.ts';
import { buildClaims } from './service-claims.ts';
import { shareOf } from './table.ts';

/** When a version came: the generation of the table, ms since the epoch, and where we ran. */
export interface VersionMoment {
  readonly generation: number;
  readonly atMs: number;
  readonly node: NodeContext;
}

/** One version. `service` `undefined` = it was not there. */
export interface ServiceVersion {
  /** `namespace/name`. */
  readonly key: string;
  readonly moment: VersionMoment;
  readonly service: Service | undefined;
  /** Sorted by name; empty where the Service was not there. */
  readonly slices: readonly EndpointSlice[];
  readonly conflicts: readonly FrontendConflict[];
  /** How many endpoints clients in the cluster had. */
  readonly routable: number;
  /** The version that it followed; `undefined` = it was not there before, as far as is known. */
  readonly before: ServiceVersion | undefined;
  /** The routes as they were in force, where they are still there. */
  readonly kept: ServiceRoutes | undefined;
}

const NO_SLICES: readonly EndpointSlice[] = [];
const NO_CONFLICTS: readonly FrontendConflict[] = [];
const NO_TABLE: Pick<RoutingTable, 'services' | 'routes'> = { services: emptyMap(), routes: emptyMap() };

/** The version that some routes are; `routes` `undefined` = the Service was not there. */
export function versionOf(
  key: string,
  routes: ServiceRoutes | undefined,
  moment: VersionMoment,
  before: ServiceVersion | undefined,
): ServiceVersion {
  const conflicts = routes?.conflicts ?? NO_CONFLICTS;
  return {
    key,
    moment,
    service: routes?.service,
    slices: routes?.slices ?? NO_SLICES,
    conflicts: conflicts.length === 0 ? NO_CONFLICTS : conflicts,
    routable: countRoutable(routes),
    before,
    kept: undefined,
  };
}

/** The routes of a version: those that were in force, or others made anew, which equal them. */
export function rebuildRoutes(version: ServiceVersion, serviceProxyName: string): ServiceRoutes | undefined {
  const { service, slices, conflicts, moment, kept } = version;
  if (kept || !service) return kept;
  const claims = buildClaims({ service, slices, serviceProxyName, node: moment.node, before: undefined });
  const owners = new Map(conflicts.map(({ frontend, owner }) => [frontend.key, owner]));
  return shareOf(claims, (frontend) => owners.get(frontend), NO_TABLE);
}

/** A table that has one version and nothing else: enough to decide on that Service. */
export function tableOfVersion(version: ServiceVersion, serviceProxyName: string): RoutingTable {
  const { generation, node } = version.moment;
  const service = rebuildRoutes(version, serviceProxyName);
  let { services, routes } = NO_TABLE;
  if (service) services = services.set(version.key, service);
  for (const route of service?.routes ?? []) routes = routes.set(route.frontend.key, route);
  return { generation, node, services, routes, contested: emptyMap() };
}
