/**
 * Locating by name: the route of a Service's port that a person asks for.
 */

import { familyOf, type IpFamily } from '../model/address.ts';
import type { Frontend, Route, RoutingTable, ServicePort, ServiceRoutes } from '../model/route.ts';
import { type ServicePortSpec, serviceKey } from '../model/service.ts';
import type { ExclusionCode } from './codes.ts';
import type { Located, RouteDecision, ServiceQuery, TraceStep } from './decision.ts';
import { frontendKey } from './frontends.ts';
import { familyStep, portStep, serviceMissingStep, serviceStep } from './trace-steps.ts';

/**
 * The route of a Service port. A Service whose frontends are not wanted on this node has a route made for it, at its
 * cluster IP, that does not listen: so that what would happen can be told.
 */
export function locateService(table: RoutingTable, query: ServiceQuery): Located {
  const key = serviceKey(query.namespace, query.service);
  const service = table.services.get(key);
  if (!service) return ended(undefined, 'SVC_NOT_FOUND', [serviceMissingStep(key)]);
  const first = serviceStep(service);
  if (service.unrouted && service.ports.length === 0) return ended(service, service.unrouted, [first]);
  const spec = service.service.ports.find((port) => isAskedPort(port, query));
  const second = portStep(service, spec, String(query.port ?? ''));
  if (!spec) return ended(service, 'PORT_UNKNOWN', [first, second]);
  const servicePort = pickPort(service, spec, query);
  const route = servicePort && routeOf(service, servicePort, query.kind);
  const third = familyStep(service, servicePort?.family ?? query.family, route);
  const steps = [first, second, third];
  if (!servicePort) return ended(service, 'FAMILY_NONE', steps);
  if (service.conflicts.some(({ frontend }) => frontend.key === route?.frontend.key)) {
    return ended(service, 'FRONTEND_CONFLICT', steps);
  }
  return { service, servicePort, route, verdict: route ? undefined : NO_SUCH_FRONTEND, steps };
}

const NO_SUCH_FRONTEND: RouteDecision = { action: 'ignore', reason: 'NOT_OURS', endpoints: [] };

function ended(service: ServiceRoutes | undefined, reason: ExclusionCode, steps: readonly TraceStep[]): Located {
  return {
    service,
    servicePort: undefined,
    route: undefined,
    verdict: { action: 'ignore', reason, endpoints: [] },
    steps,
  };
}

function isAskedPort(spec: ServicePortSpec, { port, protocol }: ServiceQuery): boolean {
  if (protocol !== undefined && spec.protocol !== protocol) return false;
  return port === undefined || port === spec.name || port === spec.port;
}

/** The ServicePort in the family asked for; where none is, that of the client where there is one, else the primary. */
function pickPort(service: ServiceRoutes, spec: ServicePortSpec, query: ServiceQuery): ServicePort | undefined {
  const ports = service.ports.filter(({ portName, protocol }) => portName === spec.name && protocol === spec.protocol);
  const ofFamily = (family: IpFamily | undefined): ServicePort | undefined =>
    ports.find((port) => port.family === family);
  if (query.family !== undefined) return ofFamily(query.family);
  const client = query.sourceAddress === undefined ? undefined : familyOf(query.sourceAddress);
  return ofFamily(client) ?? ofFamily(service.service.ipFamilies[0]) ?? ports[0];
}

function routeOf(
  service: ServiceRoutes,
  servicePort: ServicePort,
  kind: Frontend['kind'] | undefined,
): Route | undefined {
  const routes = service.routes.filter((route) => route.servicePort === servicePort);
  if (kind !== undefined && kind !== 'clusterIP') return routes.find(({ frontend }) => frontend.kind === kind);
  const own = routes.find(({ frontend }) => frontend.kind === 'clusterIP');
  return own ?? imagined(service, servicePort) ?? (kind === undefined ? routes[0] : undefined);
}

function imagined({ service, unrouted }: ServiceRoutes, servicePort: ServicePort): Route | undefined {
  const { family, port, protocol } = servicePort;
  const address = service.clusterIPs[family];
  if (unrouted !== undefined || address === undefined) return undefined;
  const key = frontendKey(address, port, protocol);
  return { frontend: { key, kind: 'clusterIP', address, port, protocol, family }, servicePort, listens: false };
}
