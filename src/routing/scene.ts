/**
 * A scene: one Service, its slices, where we run and who asks, as they are or as they might be; decided by the same
 * functions as everything else.
 *
 *   table ──▶ scene ── a change ──▶ scene' ── buildTable ──▶ a small table ── decide ──▶ what would happen
 *
 * The small table has the Service and its rivals for an address only, so that a trial costs one Service, not all.
 */

import { emptyMap, type PersistentMap } from '../lib/persistent-map.ts';
import type { EndpointSlice } from '../model/endpoint-slice.ts';
import type { NodeContext, RoutingTable } from '../model/route.ts';
import type { Service } from '../model/service.ts';
import type { DecisionQuery } from './decision.ts';
import { locateRoute } from './locate-route.ts';
import { buildClaims } from './service-claims.ts';
import { buildTable, claimantsOf, emptyTable } from './table.ts';

/** Everything that a decision on one Service depends on. */
export interface Scene {
  readonly table: RoutingTable;
  /** `namespace/name` of the Service. */
  readonly key: string;
  readonly service: Service;
  readonly slices: readonly EndpointSlice[];
  readonly node: NodeContext;
  readonly serviceProxyName: string;
  readonly query: DecisionQuery;
  /** Keys of other Services that count as deleted. */
  readonly absent: readonly string[];
}

/** The scene of a query as things are; `undefined` where no Service is meant. */
export function sceneOf(table: RoutingTable, query: DecisionQuery, serviceProxyName: string): Scene | undefined {
  const { service: found } = locateRoute(table, query);
  if (!found) return undefined;
  const { key, service, slices } = found;
  return { table, key, service, slices, node: table.node, serviceProxyName, query, absent: [] };
}

/**
 * The scene as another node sees it. Its zone is what the slices say of endpoints there, for other Nodes are not watched;
 * its own addresses are not known, so that clients count by the pod ranges alone.
 *
 * Source: EndpointSlice `endpoints[].nodeName`, `endpoints[].zone`.
 */
export function onOtherNode(scene: Scene, nodeName: string): Scene {
  const there = scene.slices.flatMap(({ endpoints }) => endpoints).find((endpoint) => endpoint.nodeName === nodeName);
  return { ...scene, node: { ...scene.node, nodeName, zone: there?.zone ?? '', nodeIPs: [] } };
}

/** The table of a scene: the Service, and whoever claims one of its addresses. It bears the generation of the whole. */
export function buildScene(scene: Scene): RoutingTable {
  const { table, node, serviceProxyName, absent } = scene;
  let services: PersistentMap<Service> = emptyMap<Service>().set(scene.key, scene.service);
  let slices: PersistentMap<readonly EndpointSlice[]> = emptyMap<readonly EndpointSlice[]>().set(
    scene.key,
    scene.slices,
  );
  for (const key of rivalsOf(scene)) {
    const rival = table.services.get(key);
    if (!rival || key === scene.key || absent.includes(key)) continue;
    services = services.set(key, rival.service);
    slices = slices.set(key, rival.slices);
  }
  const keys = [...services.entries()].map(([key]) => key);
  const state = { serviceProxyName, services, slices, node: undefined, nodeDeleted: false };
  return { ...buildTable(emptyTable(node), state, keys, node), generation: table.generation };
}

/** Whoever claims an address that the Service claims. */
function rivalsOf({ table, service, slices, serviceProxyName, node }: Scene): ReadonlySet<string> {
  const { claims } = buildClaims({ service, slices, serviceProxyName, node, before: undefined });
  return new Set([...claims.keys()].flatMap((frontend) => claimantsOf(frontend, table)));
}
