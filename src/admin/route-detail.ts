/**
 * `GET /v1/routes/{namespace}/{service}/{port}`: all that is known of one port of a Service, on one screen.
 */

import { type Static, Type } from 'typebox';
import type { ServicePort, ServiceRoutes } from '../model/route.ts';
import { ENDPOINT_ROW, endpointRows } from './endpoint-rows.ts';
import { CHANGE, recentChanges } from './history-rows.ts';
import { LISTENER_ROW, listenerRow } from './listener-rows.ts';
import { askedServicePorts, portId } from './service-ports.ts';
import type { AdminView } from './view.ts';

const RECENT_CHANGES = 10;

/** The port in one family. `algorithm` is the one in force; `sourceRanges` empty = every client. */
const FAMILY = Type.Object({
  family: Type.String(),
  port: Type.Integer(),
  portName: Type.String(),
  protocol: Type.String(),
  nodePort: Type.Integer(),
  algorithm: Type.String(),
  /** `ClientIP 10800s`, or `None`. */
  affinity: Type.String(),
  internalTrafficPolicy: Type.String(),
  externalTrafficPolicy: Type.String(),
  sourceRanges: Type.Array(Type.String()),
  /** How topology hints were used: `node`, `zone`, `none`; and why. */
  topology: Type.Object({ mode: Type.String(), reason: Type.String() }),
  frontends: Type.Array(LISTENER_ROW),
  endpoints: Type.Array(ENDPOINT_ROW),
});

const CONFLICT = Type.Object({ frontend: Type.String(), owner: Type.String() });

/** The port. `unrouted` is a code where the Service has no frontends, else ""; `changes` are the newest of the Service. */
export const ROUTE_DETAIL = Type.Object({
  generation: Type.Integer(),
  namespace: Type.String(),
  service: Type.String(),
  type: Type.String(),
  unrouted: Type.String(),
  /** When the routes of the Service last changed. */
  changedIn: Type.Integer(),
  ageSeconds: Type.Integer(),
  families: Type.Array(FAMILY),
  conflicts: Type.Array(CONFLICT),
  slices: Type.Array(Type.String()),
  changes: Type.Array(CHANGE),
});

export const ROUTE_DETAIL_PARAMS = Type.Object({
  namespace: Type.String({ minLength: 1, maxLength: 253 }),
  service: Type.String({ minLength: 1, maxLength: 253 }),
  port: Type.String({ minLength: 1, maxLength: 64, description: 'http, 80, 53@udp' }),
});

export const ROUTE_DETAIL_QUERY = Type.Object({
  at: Type.Optional(Type.String({ maxLength: 64, description: 'a revision, or a time as RFC 3339; absent = now' })),
});

/** Throws problems of 404 as `askedServicePorts`. */
export async function describeRoute(
  view: AdminView,
  asked: Static<typeof ROUTE_DETAIL_PARAMS>,
): Promise<Static<typeof ROUTE_DETAIL>> {
  const table = view.table();
  const { routes, ports } = askedServicePorts(table, asked);
  const rows = await endpointRows(view, routes);
  const change = view.lastChange(routes.key);
  return {
    generation: table.generation,
    namespace: routes.service.namespace,
    service: routes.service.name,
    type: routes.service.type,
    unrouted: routes.unrouted ?? '',
    changedIn: change?.generation ?? table.generation,
    ageSeconds: change ? Math.max(0, Math.floor((view.now() - change.atMs) / 1000)) : 0,
    families: ports.map((port) => ({
      ...familyOf(view, routes, port),
      endpoints: rows.filter(({ key }) => key.startsWith(`${portId(port)} `)).map((entry) => entry.row()),
    })),
    conflicts: routes.conflicts.map(({ frontend, owner }) => ({ frontend: frontend.key, owner })),
    slices: routes.slices.map(({ name }) => name),
    changes: recentChanges(view, routes.key, RECENT_CHANGES),
  };
}

function familyOf(view: AdminView, routes: ServiceRoutes, port: ServicePort): Omit<Static<typeof FAMILY>, 'endpoints'> {
  const own = routes.routes.filter(({ servicePort }) => portId(servicePort) === portId(port));
  const { sessionAffinity, sessionAffinityTimeoutSeconds: seconds } = port;
  return {
    family: port.family,
    port: port.port,
    portName: port.portName,
    protocol: port.protocol,
    nodePort: port.nodePort,
    algorithm: own[0] ? view.algorithm(own[0]) : '',
    affinity: sessionAffinity === 'None' ? 'None' : `${sessionAffinity} ${seconds}s`,
    internalTrafficPolicy: port.internalPolicyLocal ? 'Local' : 'Cluster',
    externalTrafficPolicy: port.externalPolicyLocal ? 'Local' : 'Cluster',
    sourceRanges: port.sourceRanges.map(({ text }) => text),
    topology: { ...port.topology },
    frontends: own.map((route) => listenerRow(view, route)),
  };
}
