/**
 * What history knows of one Service: when a client last had an endpoint, and since when an endpoint is as it is.
 */

import type { Endpoint } from '../model/endpoint.ts';
import type { RoutingTable, ServicePort, ServiceRoutes } from '../model/route.ts';
import { decide } from './decide.ts';
import type { DecisionQuery } from './decision.ts';
import type { History, Revision } from './history.ts';
import { isRoutable } from './remedies.ts';

/**
 * The last revision before `generation` at which a query had an endpoint; `undefined` = none that is in the ring. Only
 * revisions that changed the Service are decided anew.
 */
export function lastRoutable(
  history: History,
  query: DecisionQuery,
  serviceKey: string,
  generation: number,
): Revision | undefined {
  let known: ServiceRoutes | undefined;
  let started = false;
  for (const revision of history.backwards(generation)) {
    const routes = revision.table.services.get(serviceKey);
    if (started && routes === known) continue;
    started = true;
    known = routes;
    if (isRoutable(decide(revision.table, query))) return revision;
  }
  return undefined;
}

/**
 * Since when each endpoint of a ServicePort has had the conditions and the place that it has at `generation`: its key → ms
 * since the epoch. One that has been so since before the ring is absent. The cost is that of one walk, for all of them.
 */
export function endpointTimes(
  history: History,
  serviceKey: string,
  portKey: string,
  generation: number,
): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  let pending: Map<string, string> | undefined;
  let known: ServicePort | undefined;
  let newerMs = 0;
  for (const { table, atMs } of history.backwards(generation)) {
    const port = findPort(table, serviceKey, portKey);
    if (!pending) pending = statesOf(port);
    else if (port !== known) settle(pending, statesOf(port), newerMs, times);
    if (pending.size === 0) return times;
    known = port;
    newerMs = atMs;
  }
  // The table before the oldest revision is not in the ring, but known; before the first one nothing is.
  const base = history.oldest?.previous;
  if (pending && base && base.generation > 0) {
    settle(pending, statesOf(findPort(base, serviceKey, portKey)), newerMs, times);
  }
  return times;
}

/** What was not so before became so at `sinceMs`. */
function settle(
  pending: Map<string, string>,
  before: ReadonlyMap<string, string>,
  sinceMs: number,
  times: Map<string, number>,
): void {
  for (const [key, state] of pending) {
    if (before.get(key) === state) continue;
    times.set(key, sinceMs);
    pending.delete(key);
  }
}

function findPort({ services }: RoutingTable, serviceKey: string, portKey: string): ServicePort | undefined {
  return services.get(serviceKey)?.ports.find(({ key }) => key === portKey);
}

function statesOf(port: ServicePort | undefined): Map<string, string> {
  return new Map(port?.endpoints.map((endpoint) => [endpoint.key, stateOf(endpoint)]));
}

function stateOf({ ready, serving, terminating, nodeName }: Endpoint): string {
  return `${ready} ${serving} ${terminating} ${nodeName}`;
}
