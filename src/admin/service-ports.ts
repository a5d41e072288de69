/**
 * The ports of a Service that are meant: all, or the ones of a name or a number.
 */

import { nearest } from '../config/nearest.ts';
import type { Protocol } from '../model/address.ts';
import type { RoutingTable, ServicePort, ServiceRoutes } from '../model/route.ts';
import { serviceKey } from '../model/service.ts';
import { missingService, splitProtocol } from './explain-request.ts';
import { HttpProblem } from './http-problem.ts';

/** `port` is `http`, `80`, `53/udp`; `undefined` = every port. */
export interface PortRequest {
  readonly namespace: string;
  readonly service: string;
  readonly port: string | undefined;
}

export interface FoundPorts {
  readonly routes: ServiceRoutes;
  /** In the Service's order, without those that lanes have beside the routed ones. */
  readonly ports: readonly ServicePort[];
}

/** Throws problems of 404, `SVC_NOT_FOUND` and `PORT_NOT_FOUND`, each with the nearest name that is there. */
export function askedServicePorts(table: RoutingTable, { namespace, service, port }: PortRequest): FoundPorts {
  const routes = table.services.get(serviceKey(namespace, service));
  if (!routes) throw missingService(table, namespace, service);
  const all = distinctPorts(routes.ports);
  if (port === undefined) return { routes, ports: all };
  const { rest, protocol } = splitProtocol(port);
  const ports = all.filter((candidate) => isAsked(candidate, rest, protocol));
  if (ports.length > 0) return { routes, ports };
  throw missingPort(routes, rest);
}

function isAsked(candidate: ServicePort, nameOrNumber: string, protocol: Protocol | undefined): boolean {
  if (protocol !== undefined && candidate.protocol !== protocol) return false;
  return candidate.portName === nameOrNumber || String(candidate.port) === nameOrNumber;
}

function missingPort({ service }: ServiceRoutes, asked: string): HttpProblem {
  const names = service.ports.map(({ name, port }) => name || String(port));
  const near = nearest(asked, names);
  const hint =
    near === undefined ? (names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`) : `did you mean ${near}?`;
  return new HttpProblem(404, 'PORT_NOT_FOUND', `Service "${service.name}" has no such port`, hint);
}

/** A lane may have a ServicePort of its own beside the routed one: the routed one comes first. */
export function distinctPorts(ports: ServiceRoutes['ports']): readonly ServicePort[] {
  return ports.filter((port, index) => ports.findIndex((other) => portId(other) === portId(port)) === index);
}

/** What the ServicePort of a lane has in common with the routed one. */
export function portId({ namespace, service, portName, protocol, family }: ServicePort): string {
  return `${namespace}/${service}:${portName}/${protocol}/${family}`;
}
