/**
 * What differs between two tables. The cost is that of the difference.
 */

import { diffMaps } from '../lib/persistent-map.ts';
import type { Route, RoutingTable, ServicePort, ServiceRoutes, TableDiff } from '../model/route.ts';

/** A ServicePort before and after; `undefined` = was not there, or is gone. */
export interface ServicePortDiff {
  readonly before: ServicePort | undefined;
  readonly after: ServicePort | undefined;
}

/** The routes that came, went and changed, and the Services that differ, each sorted by key. */
export function diffTables(before: RoutingTable, after: RoutingTable): TableDiff {
  const added: Route[] = [];
  const removed: Route[] = [];
  const changed: { before: Route; after: Route }[] = [];
  diffMaps(before.routes, after.routes, (_, old, now) => {
    if (old && now) changed.push({ before: old, after: now });
    else if (now) added.push(now);
    else if (old) removed.push(old);
  });
  const services: string[] = [];
  diffMaps(before.services, after.services, (key) => services.push(key));
  return {
    added: added.sort((a, b) => compare(a.frontend.key, b.frontend.key)),
    removed: removed.sort((a, b) => compare(a.frontend.key, b.frontend.key)),
    changed: changed.sort((a, b) => compare(a.after.frontend.key, b.after.frontend.key)),
    services: services.sort(compare),
  };
}

/** The ServicePorts that came, went and changed, sorted by key: what balancing follows. */
export function diffServicePorts(before: RoutingTable, after: RoutingTable): readonly ServicePortDiff[] {
  const found: (ServicePortDiff & { readonly key: string })[] = [];
  diffMaps(before.services, after.services, (_, old, now) => found.push(...diffPorts(old, now)));
  return found.sort((a, b) => compare(a.key, b.key)).map((diff) => ({ before: diff.before, after: diff.after }));
}

function diffPorts(
  before: ServiceRoutes | undefined,
  after: ServiceRoutes | undefined,
): readonly (ServicePortDiff & { readonly key: string })[] {
  const old = new Map(before?.ports.map((port) => [port.key, port]));
  const now = new Map(after?.ports.map((port) => [port.key, port]));
  const keys = [...new Set([...old.keys(), ...now.keys()])].filter((key) => old.get(key) !== now.get(key));
  return keys.map((key) => ({ key, before: old.get(key), after: now.get(key) }));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
