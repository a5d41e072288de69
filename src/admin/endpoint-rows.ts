/**
 * `GET /v1/endpoints`: every endpoint of every Service port, whether clients get it, and how many have it now.
 */

import { type Static, Type } from 'typebox';
import type { Endpoint } from '../model/endpoint.ts';
import type { ServicePort, ServiceRoutes } from '../model/route.ts';
import { endpointId } from './endpoint-id.ts';
import { type Entry, isWanted, type ListQuery, pageOf } from './page.ts';
import { distinctPorts, portId } from './service-ports.ts';
import type { AdminView } from './view.ts';

/**
 * One endpoint. `eligible` = clients in the cluster may get it; `excluded` = the code of why it gets no new flows all the
 * same (`EP_EJECTED`, `EP_QUARANTINED`), or would not but for the cap, else ""; `connections` are the flows that have it.
 */
export const ENDPOINT_ROW = Type.Object({
  id: Type.String(),
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
  excluded: Type.String(),
  connections: Type.Integer(),
  slice: Type.String(),
});

export const ENDPOINT_LIST = Type.Object({ items: Type.Array(ENDPOINT_ROW), continue: Type.Optional(Type.String()) });

export type EndpointRow = Static<typeof ENDPOINT_ROW>;
export type EndpointList = Static<typeof ENDPOINT_LIST>;

/** The endpoints by Service, port and address. A lane's endpoints are told once, with those of its Service port. */
export async function listEndpoints(view: AdminView, query: ListQuery): Promise<EndpointList> {
  const state = await endpointState(view, query);
  const found = [];
  for (const routes of view.table().services.values()) {
    const { namespace, name } = routes.service;
    if (isWanted(query, { namespace, service: name })) found.push(...entriesOf(routes, state));
  }
  return pageOf(found, query);
}

/** Those of one Service. A key begins with that of the Service port, and a space. */
export async function endpointRows(view: AdminView, routes: ServiceRoutes): Promise<readonly Entry<EndpointRow>[]> {
  const { namespace, name } = routes.service;
  return entriesOf(routes, await endpointState(view, { namespace, service: name }));
}

/** What is not in the table, by the keys of the rows. */
interface EndpointState {
  readonly flows: ReadonlyMap<string, number>;
  readonly exclusions: ReadonlyMap<string, string>;
}

async function endpointState(view: AdminView, query: ListQuery): Promise<EndpointState> {
  return { flows: await countFlows(view, query), exclusions: exclusionCodes(view) };
}

function entriesOf({ ports }: ServiceRoutes, { flows, exclusions }: EndpointState): Entry<EndpointRow>[] {
  return distinctPorts(ports).flatMap((port) => {
    const eligible = new Set((port.internalPolicyLocal ? port.localEndpoints : port.clusterEndpoints) ?? []);
    return port.endpoints.map((endpoint) => {
      const key = `${portId(port)} ${endpoint.key}`;
      const state = { excluded: exclusions.get(key) ?? '', connections: flows.get(key) ?? 0 };
      return { key, row: () => rowOf(port, endpoint, { eligible: eligible.has(endpoint), ...state }) };
    });
  });
}

function rowOf(
  servicePort: ServicePort,
  endpoint: Endpoint,
  state: Pick<EndpointRow, 'eligible' | 'excluded' | 'connections'>,
): EndpointRow {
  const { namespace, service, port, portName, protocol } = servicePort;
  return {
    id: endpointId(servicePort, endpoint),
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

function exclusionCodes(view: AdminView): ReadonlyMap<string, string> {
  return new Map(
    [...view.exclusions()].map(({ servicePort, endpoint, code }) => [`${portId(servicePort)} ${endpoint.key}`, code]),
  );
}

async function countFlows(view: AdminView, query: ListQuery): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const { route, endpoint } of await view.liveFlows()) {
    if (!endpoint || !isWanted(query, route.servicePort)) continue;
    const key = `${portId(route.servicePort)} ${endpoint.key}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}
