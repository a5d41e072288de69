/**
 * A table of the past: a later one, with each Service that changed since put back to what it was.
 */

import { diffMaps } from '../lib/persistent-map.ts';
import type { RoutingTable, ServiceRoutes } from '../model/route.ts';
import { rebuildRoutes, type ServiceVersion, type VersionMoment } from './service-version.ts';

/** A few milliseconds of work. */
const STEP_SERVICES = 100;

/** Who claimed a contested frontend before a revision; `undefined` = it was not contested. */
export interface ContestedChange {
  readonly frontend: string;
  readonly before: readonly string[] | undefined;
}

/** What was before some revisions, of all that they changed. */
interface Past {
  readonly services: ReadonlyMap<string, ServiceVersion | undefined>;
  readonly contested: ReadonlyMap<string, readonly string[] | undefined>;
}

/** What was before `revisions`, which come from the newest back: the last word is the oldest one's. */
export function collectPast(
  revisions: Iterable<{
    readonly changes: readonly ServiceVersion[];
    readonly contested: readonly ContestedChange[];
  }>,
): Past {
  const services = new Map<string, ServiceVersion | undefined>();
  const contested = new Map<string, readonly string[] | undefined>();
  for (const revision of revisions) {
    for (const { key, before } of revision.changes) services.set(key, before);
    for (const { frontend, before } of revision.contested) contested.set(frontend, before);
  }
  return { services, contested };
}

/**
 * The table that was in force at `moment`: it equals that one, and shares with `later` what is the same. Whoever asks may do
 * something else between two steps, of `step` Services each.
 */
export function* pastTableInSteps(
  later: RoutingTable,
  { generation, node }: VersionMoment,
  past: Past,
  serviceProxyName: string,
  step = STEP_SERVICES,
): Generator<undefined, RoutingTable> {
  let { services, routes, contested } = later;
  const rebuilt: ServiceRoutes[] = [];
  let steps = 0;
  // A frontend may have gone from one of these Services to another: all lose theirs before any gets its own.
  for (const [key, version] of past.services) {
    if (++steps % step === 0) yield;
    for (const { frontend } of later.services.get(key)?.routes ?? []) routes = routes.delete(frontend.key);
    const service = version && rebuildRoutes(version, serviceProxyName);
    services = service ? services.set(key, service) : services.delete(key);
    if (service) rebuilt.push(service);
  }
  for (const service of rebuilt) {
    if (++steps % step === 0) yield;
    for (const route of service.routes) routes = routes.set(route.frontend.key, route);
  }
  for (const [frontend, keys] of past.contested) {
    contested = keys ? contested.set(frontend, keys) : contested.delete(frontend);
  }
  return { generation, node, services, routes, contested };
}

/** Who claimed what before, where a table has changed it. */
export function changesOfContested(previous: RoutingTable, table: RoutingTable): readonly ContestedChange[] {
  if (previous.contested === table.contested) return NO_CHANGES;
  const changes: ContestedChange[] = [];
  diffMaps(previous.contested, table.contested, (frontend, before) => changes.push({ frontend, before }));
  return changes;
}

const NO_CHANGES: readonly ContestedChange[] = [];
