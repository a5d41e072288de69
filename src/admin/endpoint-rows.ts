/**
 * `GET /v1/endpoints`: every endpoint of every Service port, whether clients get it, and how many have it now.
 */

import { type Static, Type } from 'typebox';
import type { Endpoint } from '../model/endpoint.ts';
import type { ServicePort, ServiceRoutes } from '../model/route.ts';
import { isWanted, type ListQuery, pageOf } from './page.ts';
import type { AdminView } from './view.ts';

/** One endpoint. `eligible` = clients in the cluster may get it; `connections` are the flows that have it. */
const ENDPOINT_ROW = Type.Object({
  namespace: Type.String(),
  service: Type.String(),
  port: Type.Integer(),
  portName: Type.String(),
  protocol: Type.String(),
  endpoint: Type.String(),
  pod: Type.String(),
  node: Type.String(),
  zone: Type.String(),
  ready: Type.Boolean(),
  serving: Type.Boolean(),
  terminating: Type.Boolean(),
  local: Type.Boolean(),
  eligible: Type.Boolean(),
  connections: Type.Integer(),
  slice: Type.String(),
});

export const ENDPOINT_LIST = Type.Object({ items: Type.Array(ENDPOINT_ROW), continue: Type.Optional(Type.String()) });

export type EndpointRow = Static<typeof ENDPOINT_ROW>;
export type EndpointList = Static<typeof ENDPOINT_LIST>;

/** The endpoints by Service, port and address. A lane's endpoints are told once, with those of its Service port. */
export function listEndpoints(view: AdminView, query: ListQuery): EndpointList {
  const counts = countFlows(view, query);
  const found = [];
  for (const { service, ports } of view.table().services.values()) {
    if (!isWanted(query, { namespace: service.namespace, service: service.name })) continue;
    for (const port of distinctPorts(ports)) {
      const eligible = new Set((port.internalPolicyLocal ? port.localEndpoints : port.clusterEndpoints) ?? []);
      for (const endpoint of port.endpoints) {
        const connections = counts.get(`${idOf(port)} ${endpoint.key}`) ?? 0;
        const row = (): EndpointRow => rowOf(port, endpoint, { eligible: eligible.has(endpoint), connections });
        found.push({ key: `${idOf(port)} ${endpoint.key}`, row });
      }
    }
  }
  return pageOf(found, query);
}

function rowOf(
  { namespace, service, port, portName, protocol }: ServicePort,
  endpoint: Endpoint,
  state: Pick<EndpointRow, 'eligible' | 'connections'>,
): EndpointRow {
  return {
    namespace,
    service,
    port,
    portName,
    protocol,
    endpoint: endpoint.key,
    pod: endpoint.podName,
    node: endpoint.nodeName,
    zone: endpoint.zone,
    ready: endpoint.ready,
    serving: endpoint.serving,
    terminating: endpoint.terminating,
    local: endpoint.isLocal,
    ...state,
    slice: endpoint.sliceName,
  };
}

function countFlows(view: AdminView, query: ListQuery): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { route, endpoint } of view.liveFlows()) {
    if (!endpoint || !isWanted(query, route.servicePort)) continue;
    const key = `${idOf(route.servicePort)} ${endpoint.key}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** A lane may have a ServicePort of its own beside the routed one: the routed one comes first. */
function distinctPorts(ports: ServiceRoutes['ports']): readonly ServicePort[] {
  return ports.filter((port, index) => ports.findIndex((other) => idOf(other) === idOf(port)) === index);
}

function idOf({ namespace, service, portName, protocol, family }: ServicePort): string {
  return `${namespace}/${service}:${portName}/${protocol}/${family}`;
}
