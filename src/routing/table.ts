/**
 * The routing table, built from the one before: only what is dirty is built again, and what did not change keeps its
 * identity, so that the cost of a change is that of the change.
 *
 *   dirty Services ─▶ claims ─▶ who owns each frontend they touch ─▶ Services whose share changed ─▶ next table
 *
 * Of several Services that claim one frontend the oldest owns it, then the one with the smaller key. When the owner goes
 * the next claimant has it in the same table.
 */

import { deepEqual, keepEqual } from '../lib/deep-equal.ts';
import { atOnce } from '../lib/in-steps.ts';
import { emptyMap, type PersistentMap } from '../lib/persistent-map.ts';
import type { FrontendConflict, NodeContext, Route, RoutingTable, ServiceRoutes } from '../model/route.ts';
import type { Service } from '../model/service.ts';
import type { StateSnapshot } from './cluster-state.ts';
import { buildClaims, type ServiceClaims } from './service-claims.ts';

/** Some milliseconds of work. */
const STEP_SERVICES = 200;

/** The table before the first sync: generation 0, no Services. */
export function emptyTable(node: NodeContext): RoutingTable {
  return { generation: 0, node, services: emptyMap(), routes: emptyMap(), contested: emptyMap() };
}

/**
 * The table that follows `previous`. `dirty` has the keys of the Services that changed, or whose slices did; a changed
 * `node` makes all of them dirty. Where nothing differs, `previous` itself, but for generation 0.
 */
export function buildTable(
  previous: RoutingTable,
  state: StateSnapshot,
  dirty: Iterable<string>,
  node: NodeContext,
): RoutingTable {
  return atOnce(buildInSteps(previous, state, dirty, node));
}

/**
 * The same table, but whoever asks may do something else between two steps: a table for ten thousand Services at once
 * would keep every flow waiting for it. `step` is the number of Services in one step.
 */
export function* buildInSteps(
  previous: RoutingTable,
  state: StateSnapshot,
  dirty: Iterable<string>,
  node: NodeContext,
  step: number = STEP_SERVICES,
): Generator<undefined, RoutingTable> {
  const sameNode = deepEqual(previous.node, node);
  const keys = sameNode ? new Set(dirty) : new Set([...keysOf(previous.services), ...keysOf(state.services)]);
  const next = yield* rebuild(previous, state, keys, sameNode ? previous.node : node, step);
  return next.generation > 1 && sameNode && isSameContent(previous, next) ? previous : next;
}

function* rebuild(
  previous: RoutingTable,
  state: StateSnapshot,
  keys: ReadonlySet<string>,
  node: NodeContext,
  step: number,
): Generator<undefined, RoutingTable> {
  const build = (key: string): ServiceClaims | undefined => claimsOf(key, previous, state, node);
  const claims = new Map<string, ServiceClaims | undefined>();
  for (const key of keys) {
    claims.set(key, build(key));
    if (claims.size % step === 0) yield;
  }
  const touched = touchedFrontends(previous, claims);
  const contested = settle(touched, previous, claims, state.services);
  // Whoever wins or loses a frontend by this is built too. Its own claims are as before, so nothing more is touched.
  for (const frontend of touched) {
    for (const key of [...claimantsOf(frontend, previous), ...(contested.get(frontend) ?? [])]) {
      if (!claims.has(key)) claims.set(key, build(key));
    }
  }
  if (keys.size >= step) yield;
  return yield* assemble(previous, claims, contested, touched, node, step);
}

function claimsOf(
  key: string,
  previous: RoutingTable,
  { services, slices, serviceProxyName }: StateSnapshot,
  node: NodeContext,
): ServiceClaims | undefined {
  const service = services.get(key);
  const before = previous.services.get(key);
  return service && buildClaims({ service, slices: slices.get(key) ?? [], serviceProxyName, node, before });
}

/** Every frontend that the built Services claimed before, or claim. */
function touchedFrontends(
  previous: RoutingTable,
  claims: ReadonlyMap<string, ServiceClaims | undefined>,
): ReadonlySet<string> {
  const touched = new Set<string>();
  for (const [key, after] of claims) {
    for (const frontend of claimedBefore(previous.services.get(key))) touched.add(frontend);
    for (const frontend of after?.claims.keys() ?? []) touched.add(frontend);
  }
  return touched;
}

function claimedBefore(routes: ServiceRoutes | undefined): readonly string[] {
  if (!routes) return [];
  return [...routes.routes, ...routes.conflicts].map(({ frontend }) => frontend.key);
}

/** The claimants of each touched frontend, the owner first. */
function settle(
  touched: ReadonlySet<string>,
  previous: RoutingTable,
  claims: ReadonlyMap<string, ServiceClaims | undefined>,
  services: PersistentMap<Service>,
): ReadonlyMap<string, readonly string[]> {
  const settled = new Map<string, string[]>();
  for (const frontend of touched) {
    settled.set(
      frontend,
      claimantsOf(frontend, previous).filter((key) => !claims.has(key)),
    );
  }
  for (const [key, after] of claims)
    for (const frontend of after?.claims.keys() ?? []) settled.get(frontend)?.push(key);
  const age = (key: string): string => services.get(key)?.creationTimestamp ?? '';
  for (const keys of settled.values()) keys.sort((a, b) => compare(age(a), age(b)) || compare(a, b));
  return settled;
}

/** The keys of the Services that claim a frontend, the owner first. */
export function claimantsOf(frontend: string, { contested, routes }: RoutingTable): readonly string[] {
  const several = contested.get(frontend);
  if (several) return several;
  const owner = routes.get(frontend)?.servicePort;
  return owner ? [`${owner.namespace}/${owner.service}`] : [];
}

function* assemble(
  previous: RoutingTable,
  claims: ReadonlyMap<string, ServiceClaims | undefined>,
  claimants: ReadonlyMap<string, readonly string[]>,
  touched: ReadonlySet<string>,
  node: NodeContext,
  step: number,
): Generator<undefined, RoutingTable> {
  let { services, routes, contested } = previous;
  const owned = new Map<string, Route>();
  // Of a frontend that nobody who changed claims, or claimed, the claimants are as they were.
  const ownerOf = (frontend: string): string | undefined =>
    (claimants.get(frontend) ?? claimantsOf(frontend, previous))[0];
  let steps = 0;
  for (const [key, after] of claims) {
    if (++steps % step === 0) yield;
    const share = after && shareOf(after, ownerOf, previous);
    services = share ? services.set(key, share) : services.delete(key);
    for (const route of share?.routes ?? []) owned.set(route.frontend.key, route);
  }
  for (const frontend of touched) {
    if (++steps % step === 0) yield;
    const keys = claimants.get(frontend) ?? [];
    const route = owned.get(frontend);
    routes = route ? routes.set(frontend, route) : routes.delete(frontend);
    const known = contested.get(frontend);
    contested = keys.length > 1 ? contested.set(frontend, keepEqual(known, keys)) : contested.delete(frontend);
  }
  return { generation: previous.generation + 1, node, services, routes, contested };
}

/**
 * What a Service gets of what it claims. `ownerOf` gives the key of the Service that owns a frontend, `undefined` = itself.
 * What `previous` has of the same content is kept.
 */
export function shareOf(
  { claims, doubles, unrouted, ...rest }: ServiceClaims,
  ownerOf: (frontend: string) => string | undefined,
  previous: Pick<RoutingTable, 'services' | 'routes'>,
): ServiceRoutes {
  const before = previous.services.get(rest.key);
  const routes: Route[] = [];
  const conflicts: FrontendConflict[] = doubles.map((frontend) => ({ frontend, owner: rest.key }));
  for (const [key, route] of claims) {
    const owner = ownerOf(key) ?? rest.key;
    if (owner === rest.key) routes.push(keepRoute(previous.routes.get(key), route));
    else conflicts.push({ frontend: route.frontend, owner });
  }
  return keepEqual(before, { ...rest, ...(unrouted && { unrouted }), routes, conflicts });
}

function keepRoute(before: Route | undefined, after: Route): Route {
  if (before?.servicePort !== after.servicePort) return after;
  return keepEqual(before, after);
}

function isSameContent(a: RoutingTable, b: RoutingTable): boolean {
  return a.services === b.services && a.routes === b.routes && a.contested === b.contested;
}

function* keysOf(map: PersistentMap<unknown>): IterableIterator<string> {
  for (const [key] of map.entries()) yield key;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
