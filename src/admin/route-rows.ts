/**
 * `GET /v1/routes`: one row per frontend, in a stable order, page by page.
 */

import { type Static, Type } from 'typebox';
import type { Endpoint } from '../model/endpoint.ts';
import type { Route, RoutingTable, ServiceRoutes } from '../model/route.ts';
import { serviceKey } from '../model/service.ts';
import { INTERVENTION_NOTE, notesOf } from './intervention-rows.ts';
import { isWanted, pageOf } from './page.ts';
import type { AT_QUERY } from './revisions.ts';
import type { AdminView } from './view.ts';

const ENDPOINT = Type.Object({
  address: Type.String(),
  port: Type.Integer(),
  ready: Type.Boolean(),
  serving: Type.Boolean(),
  terminating: Type.Boolean(),
  local: Type.Boolean(),
  node: Type.String(),
  zone: Type.String(),
  pod: Type.String(),
});

/** One frontend. `ready` of `total` endpoints; `reason` and `error` are "" where there is nothing to say. */
const ROUTE_ROW = Type.Object({
  namespace: Type.String(),
  service: Type.String(),
  port: Type.Integer(),
  portName: Type.String(),
  protocol: Type.String(),
  frontend: Type.Object({ kind: Type.String(), address: Type.String(), port: Type.Integer() }),
  algorithm: Type.String(),
  ready: Type.Integer(),
  total: Type.Integer(),
  /** Of these, so many get no new flows for failed dials, or since they are drained. */
  ejected: Type.Integer(),
  endpoints: Type.Array(ENDPOINT),
  connections: Type.Integer(),
  generation: Type.Integer(),
  ageSeconds: Type.Integer(),
  state: Type.String(),
  reason: Type.String(),
  error: Type.String(),
  /** The override and the fault in force for its Service port. */
  notes: Type.Array(INTERVENTION_NOTE),
});

/** A page of rows; `continue` is absent on the last one. */
export const ROUTE_LIST = Type.Object({
  generation: Type.Integer(),
  items: Type.Array(ROUTE_ROW),
  continue: Type.Optional(Type.String()),
});

export type RouteRow = Static<typeof ROUTE_ROW>;
export type RouteList = Static<typeof ROUTE_LIST>;
export type RouteQuery = Static<typeof AT_QUERY>;

/** The rows that the query asks for: by Service, then by frontend. Throws a problem of 400 for a `continue` of others. */
export function listRoutes(view: AdminView, query: RouteQuery): RouteList {
  const { generation } = view.table();
  const ejected = countEjected(view);
  const found = [];
  for (const service of servicesOf(view.table(), query)) {
    for (const route of service.routes) {
      const row = (): RouteRow => rowOf(view, service, route, ejected.get(route.servicePort.key)?.size ?? 0);
      found.push({ key: `${service.key} ${route.frontend.key}`, row });
    }
  }
  return { generation, ...pageOf(found, query) };
}

/** Looked up where one Service is asked for. */
function servicesOf(table: RoutingTable, query: RouteQuery): readonly ServiceRoutes[] {
  const { namespace, service } = query;
  if (namespace !== undefined && service !== undefined) {
    return [table.services.get(serviceKey(namespace, service))].filter((found) => found !== undefined);
  }
  return [...table.services.values()].filter(({ service: { namespace, name } }) =>
    isWanted(query, { namespace, service: name }),
  );
}

/** By the keys of Service ports: an endpoint may be ejected and drained at once. */
function countEjected(view: AdminView): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const { servicePort, endpoint, code } of view.exclusions()) {
    if (code === 'EJECTION_SUSPENDED') continue;
    found.set(servicePort.key, (found.get(servicePort.key) ?? new Set()).add(endpoint.key));
  }
  return found;
}

function rowOf(view: AdminView, service: ServiceRoutes, route: Route, ejected: number): RouteRow {
  const { frontend, servicePort } = route;
  const change = view.lastChange(service.key);
  // In the order of the schema, so that a bundle is asked with the same answer.
  const { frontend: at, ...state } = stateOf(view, route);
  return {
    namespace: servicePort.namespace,
    service: servicePort.service,
    port: servicePort.port,
    portName: servicePort.portName,
    protocol: servicePort.protocol,
    frontend: at,
    algorithm: view.algorithm(route),
    ready: servicePort.endpoints.filter(({ ready }) => ready).length,
    total: servicePort.endpoints.length,
    ejected,
    endpoints: servicePort.endpoints.map(endpointOf),
    connections: view.flows(frontend),
    generation: change?.generation ?? view.table().generation,
    ageSeconds: change ? Math.max(0, Math.floor((view.now() - change.atMs) / 1000)) : 0,
    ...state,
    notes: notesOf(view, servicePort),
  };
}

/** The state, and the address a client uses: where a port was to be chosen, the one that is bound. */
function stateOf(view: AdminView, route: Route): Pick<RouteRow, 'frontend' | 'state' | 'reason' | 'error'> {
  const { kind, address, port } = route.frontend;
  const listener = view.listener(route.frontend);
  const state = listener?.state ?? 'idle';
  const reason = state === 'idle' ? view.idleReason(route) : listener?.failure;
  return {
    frontend: { kind, address, port: port === 0 ? (listener?.bound?.port ?? 0) : port },
    state,
    reason: reason?.code ?? '',
    error: reason?.message ?? '',
  };
}

function endpointOf(endpoint: Endpoint): Static<typeof ENDPOINT> {
  const { address, port, ready, serving, terminating, isLocal, nodeName, zone, podName } = endpoint;
  return { address, port, ready, serving, terminating, local: isLocal, node: nodeName, zone, pod: podName };
}
