/**
 * `GET /v1/routes`: one row per frontend, in a stable order, page by page.
 */

import { type Static, Type } from 'typebox';
import type { Endpoint } from '../model/endpoint.ts';
import type { Route, RoutingTable, ServiceRoutes } from '../model/route.ts';
import { serviceKey } from '../model/service.ts';
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
  endpoints: Type.Array(ENDPOINT),
  connections: Type.Integer(),
  generation: Type.Integer(),
  ageSeconds: Type.Integer(),
  state: Type.String(),
  reason: Type.String(),
  error: Type.String(),
});

/** A page of rows; `continue` is absent on the last one. */
export const ROUTE_LIST = Type.Object({
  generation: Type.Integer(),
  items: Type.Array(ROUTE_ROW),
  continue: Type.Optional(Type.String()),
});

export const ROUTE_QUERY = Type.Object({
  namespace: Type.Optional(Type.String({ maxLength: 253 })),
  service: Type.Optional(Type.String({ maxLength: 253 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
  continue: Type.Optional(Type.String({ maxLength: 1024 })),
  /** A generation, or a time as RFC 3339; absent = now. */
  at: Type.Optional(Type.String({ maxLength: 64 })),
});

export type RouteRow = Static<typeof ROUTE_ROW>;
export type RouteList = Static<typeof ROUTE_LIST>;
export type RouteQuery = Static<typeof ROUTE_QUERY>;

/** Where a page ended: the Service and the frontend of its last row. */
interface Position {
  readonly service: string;
  readonly frontend: string;
}

/**
 * The rows that the query asks for: by Service, then by frontend. Without `limit` all of them. A page goes on behind
 * the last row of the one before, whatever changed since. `undefined` = `continue` is none that we gave.
 */
export function listRoutes(view: AdminView, query: RouteQuery): RouteList | undefined {
  const after = query.continue === undefined ? undefined : parsePosition(query.continue);
  if (query.continue !== undefined && !after) return undefined;
  const table = view.table();
  const { generation } = table;
  const limit = query.limit ?? Number.POSITIVE_INFINITY;
  const items: RouteRow[] = [];
  let last: Position | undefined;
  for (const { service, route } of routesFrom(table, query, after)) {
    if (last && items.length === limit) return { generation, items, continue: formatPosition(last) };
    items.push(rowOf(view, service, route));
    last = { service: service.key, frontend: route.frontend.key };
  }
  return { generation, items };
}

function* routesFrom(
  table: RoutingTable,
  query: RouteQuery,
  after: Position | undefined,
): Generator<{ readonly service: ServiceRoutes; readonly route: Route }> {
  for (const service of servicesOf(table, query)) {
    if (after && service.key < after.service) continue;
    const routes = service.routes.toSorted((a, b) => compare(a.frontend.key, b.frontend.key));
    for (const route of routes) {
      if (after && service.key === after.service && route.frontend.key <= after.frontend) continue;
      yield { service, route };
    }
  }
}

function servicesOf(table: RoutingTable, { namespace, service }: RouteQuery): readonly ServiceRoutes[] {
  if (namespace !== undefined && service !== undefined) {
    return [table.services.get(serviceKey(namespace, service))].filter((found) => found !== undefined);
  }
  return [...table.services.values()]
    .filter((routes) => namespace === undefined || routes.service.namespace === namespace)
    .filter((routes) => service === undefined || routes.service.name === service)
    .sort((a, b) => compare(a.key, b.key));
}

function rowOf(view: AdminView, service: ServiceRoutes, route: Route): RouteRow {
  const { frontend, servicePort } = route;
  const change = view.lastChange(service.key);
  return {
    namespace: servicePort.namespace,
    service: servicePort.service,
    port: servicePort.port,
    portName: servicePort.portName,
    protocol: servicePort.protocol,
    algorithm: view.algorithm(route),
    ready: servicePort.endpoints.filter(({ ready }) => ready).length,
    total: servicePort.endpoints.length,
    endpoints: servicePort.endpoints.map(endpointOf),
    connections: view.flows(frontend),
    generation: change?.generation ?? view.table().generation,
    ageSeconds: change ? Math.max(0, Math.floor((view.now() - change.atMs) / 1000)) : 0,
    ...stateOf(view, route),
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

function formatPosition({ service, frontend }: Position): string {
  return Buffer.from(`${service} ${frontend}`).toString('base64url');
}

function parsePosition(text: string): Position | undefined {
  const [service, frontend, ...rest] = Buffer.from(text, 'base64url').toString().split(' ');
  if (!service?.includes('/') || !frontend || rest.length > 0) return undefined;
  return { service, frontend };
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
