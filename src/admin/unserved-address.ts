/**
 * An address that a Service has and that nobody reaches here, since frontends of its kind are not served.
 */

import type { RoutingTable } from '../model/route.ts';
import { serviceKey } from '../model/service.ts';
import type { DecisionQuery } from '../routing/decision.ts';

/** Whose the address of a query is, in words that follow a colon; "" = nobody's that is known, or it is not asked for. */
export function unservedAddress({ services, node }: RoutingTable, query: DecisionQuery): string {
  if ('service' in query || node.frontends.clusterIP) return '';
  const { destinationAddress: address } = query;
  for (const { service } of services.values()) {
    if (!Object.values(service.clusterIPs).includes(address)) continue;
    const { namespace, name } = service;
    return `it is the cluster IP of ${serviceKey(namespace, name)}, and frontends.clusterIP is false here; ask for svc/${name} -n ${namespace}`;
  }
  return '';
}
