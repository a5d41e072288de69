/**
 * The endpoints of a Service as DNS sees them: by host name, without regard to ports.
 */

import type { SliceEndpoint, SlicePort } from '../../model/endpoint-slice.ts';
import type { ServiceRoutes } from '../../model/route.ts';
import { dashedAddress } from './parse-name.ts';

/** One endpoint with the ports of its slice. */
export interface NamedEndpoint {
  /** The label below the Service's name, in lower case. */
  readonly hostname: string;
  readonly endpoint: SliceEndpoint;
  readonly ports: readonly SlicePort[];
}

/**
 * The endpoints that have names: those that are ready. Where a Service publishes addresses that are not ready, its slices
 * say that they are. The host name is the one that the endpoint asks for, else it is made from its address.
 *
 * Source: Service `spec.publishNotReadyAddresses`, EndpointSlice `endpoints[].conditions.ready` and
 * `endpoints[].hostname`.
 */
export function namedEndpoints({ slices }: ServiceRoutes): readonly NamedEndpoint[] {
  return slices.flatMap(({ endpoints, ports }) =>
    endpoints.filter(({ ready }) => ready).map((endpoint) => ({ hostname: hostnameOf(endpoint), endpoint, ports })),
  );
}

/**
 * The endpoints that are meant by a host name; a pod's own name will do where nobody has asked for the host name. The
 * specification knows nothing of the latter.
 */
export function endpointsAt(endpoints: readonly NamedEndpoint[], hostname: string): readonly NamedEndpoint[] {
  const named = endpoints.filter((named) => named.hostname === hostname);
  return named.length > 0 ? named : endpoints.filter(({ endpoint }) => endpoint.podName.toLowerCase() === hostname);
}

/** The distinct addresses, in the order of the slices. */
export function addressesOf(endpoints: readonly NamedEndpoint[]): readonly string[] {
  return [...new Set(endpoints.map(({ endpoint }) => endpoint.address))];
}

function hostnameOf({ hostname, address }: SliceEndpoint): string {
  return hostname === '' ? dashedAddress(address) : hostname.toLowerCase();
}
