/**
 * The id of an endpoint: stable, unique among all Service ports, and of letters that need no escape in a URL.
 *
 *   shop~web~http~TCP~10.244.1.7~8080     an unnamed port: shop~web~~TCP~10.244.1.7~8080
 */

import { formatHostPort, parseAddress } from '../model/address.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { RoutingTable, ServicePort } from '../model/route.ts';
import { serviceKey } from '../model/service.ts';
import { HttpProblem } from './http-problem.ts';

/** An endpoint of a Service port. A lane may have a ServicePort of its own, with the same endpoints. */
export interface FoundEndpoint {
  readonly endpoint: Endpoint;
  /** At least one; the routed one first. */
  readonly servicePorts: readonly [ServicePort, ...ServicePort[]];
}

/** The id. A lane's ServicePort gives the same as the routed one. */
export function endpointId(
  { namespace, service, portName, protocol }: ServicePort,
  { address, port }: Pick<Endpoint, 'address' | 'port'>,
): string {
  return [namespace, service, portName, protocol, address, port].join('~');
}

/** The endpoint that an id means. Throws a problem of 404. */
export function findEndpoint(table: RoutingTable, id: string): FoundEndpoint {
  const [namespace = '', service = '', portName, protocol, address = '', port] = id.split('~');
  const host = parseAddress(address);
  const key = host === undefined ? undefined : formatHostPort(host, Number(port));
  const found = table.services.get(serviceKey(namespace, service));
  const all = found ? [...found.routes.map((route) => route.servicePort), ...found.ports] : [];
  const matching = [...new Set(all)].filter((candidate) => {
    const isPort = candidate.portName === portName && candidate.protocol === protocol;
    return isPort && candidate.endpoints.some((endpoint) => endpoint.key === key);
  });
  const [first, ...others] = matching;
  const endpoint = first?.endpoints.find((candidate) => candidate.key === key);
  if (first && endpoint) return { endpoint, servicePorts: [first, ...others] };
  throw unknownEndpoint();
}

/** The problem of an endpoint that no Service port has. */
export function unknownEndpoint(): HttpProblem {
  const hint = 'svclane get endpoints shows all';
  return new HttpProblem(404, 'ENDPOINT_NOT_FOUND', 'no Service port has this endpoint', hint);
}
