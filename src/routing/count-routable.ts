/**
 * How many endpoints a Service has for clients in the cluster.
 */

import type { ServiceRoutes } from '../model/route.ts';

/** The distinct addresses that are eligible at the cluster IPs of a Service, over all ports. */
export function countRoutable(routes: ServiceRoutes | undefined): number {
  const addresses = new Set<string>();
  for (const port of routes?.ports ?? []) {
    const eligible = port.internalPolicyLocal ? port.localEndpoints : port.clusterEndpoints;
    for (const { address } of eligible ?? []) addresses.add(address);
  }
  return addresses.size;
}
