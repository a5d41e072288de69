/**
 * `GET /v1/services`: every Service that is known, routed or not.
 */

import { type Static, Type } from 'typebox';
import type { ServiceRoutes } from '../model/route.ts';
import { countRoutable } from '../routing/count-routable.ts';
import { isWanted, type ListQuery, pageOf } from './page.ts';
import type { AdminView } from './view.ts';

/** One Service. `routable` of `total` endpoint addresses; `unrouted` is a code where it has no frontends, else "". */
const SERVICE_ROW = Type.Object({
  namespace: Type.String(),
  name: Type.String(),
  type: Type.String(),
  clusterIPs: Type.Array(Type.String()),
  externalIPs: Type.Array(Type.String()),
  /** `http:80/TCP`, `80:30080/TCP`. */
  ports: Type.Array(Type.String()),
  frontends: Type.Integer(),
  conflicts: Type.Integer(),
  routable: Type.Integer(),
  total: Type.Integer(),
  connections: Type.Integer(),
  generation: Type.Integer(),
  ageSeconds: Type.Integer(),
  unrouted: Type.String(),
});

export const SERVICE_LIST = Type.Object({ items: Type.Array(SERVICE_ROW), continue: Type.Optional(Type.String()) });

export type ServiceRow = Static<typeof SERVICE_ROW>;
export type ServiceList = Static<typeof SERVICE_LIST>;

/** The Services by namespace and name. */
export function listServices(view: AdminView, query: ListQuery): ServiceList {
  const found = [];
  for (const routes of view.table().services.values()) {
    const { namespace, name } = routes.service;
    if (isWanted(query, { namespace, service: name })) found.push({ key: routes.key, row: () => rowOf(view, routes) });
  }
  return pageOf(found, query);
}

function rowOf(view: AdminView, routes: ServiceRoutes): ServiceRow {
  const { service } = routes;
  const change = view.lastChange(routes.key);
  const addresses = new Set(routes.ports.flatMap(({ endpoints }) => endpoints.map(({ address }) => address)));
  return {
    namespace: service.namespace,
    name: service.name,
    type: service.type,
    clusterIPs: Object.values(service.clusterIPs),
    externalIPs: [...new Set([...service.externalIPs, ...service.loadBalancerIngress.map(({ ip }) => ip)])],
    ports: service.ports.map(portText),
    frontends: routes.routes.length,
    conflicts: routes.conflicts.length,
    routable: countRoutable(routes),
    total: addresses.size,
    connections: routes.routes.reduce((sum, { frontend }) => sum + view.flows(frontend), 0),
    generation: change?.generation ?? view.table().generation,
    ageSeconds: change ? Math.max(0, Math.floor((view.now() - change.atMs) / 1000)) : 0,
    unrouted: routes.unrouted ?? '',
  };
}

function portText({ name, port, nodePort, protocol }: ServiceRoutes['service']['ports'][number]): string {
  return `${name === '' ? '' : `${name}:`}${port}${nodePort === 0 ? '' : `:${nodePort}`}/${protocol}`;
}
