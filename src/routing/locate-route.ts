/**
 * Locating: from what is asked to the route that answers, or to the reason why there is none.
 */

import { cidrContains, familyOf } from '../model/address.ts';
import type { RoutingTable, ServiceRoutes } from '../model/route.ts';
import { serviceKey } from '../model/service.ts';
import type { DecisionQuery, DestinationQuery, Located, RouteDecision } from './decision.ts';
import { frontendKey } from './frontends.ts';
import { locateService } from './locate-service.ts';
import { familyStep, portStep, serviceStep } from './trace-steps.ts';

const NOT_OURS: RouteDecision = { action: 'ignore', reason: 'NOT_OURS', endpoints: [] };
const PORT_UNKNOWN: RouteDecision = { action: 'reject', reason: 'PORT_UNKNOWN', endpoints: [] };
const UNALLOCATED: RouteDecision = { action: 'drop', reason: 'SERVICE_IP_UNALLOCATED', endpoints: [] };

/** The route that a query means. */
export function locateRoute(table: RoutingTable, query: DecisionQuery): Located {
  return 'service' in query ? locateService(table, query) : locateDestination(table, query);
}

function locateDestination(table: RoutingTable, query: DestinationQuery): Located {
  const route = table.routes.get(frontendKey(query.destinationAddress, query.destinationPort, query.protocol));
  const servicePort = route?.servicePort;
  const service = servicePort && table.services.get(serviceKey(servicePort.namespace, servicePort.service));
  if (!route || !service) return locateUnrouted(table, query);
  const { protocol, portName, family } = route.servicePort;
  const spec = service.service.ports.find((port) => port.name === portName && port.protocol === protocol);
  const steps = [serviceStep(service), portStep(service, spec, portName), familyStep(service, family, route)];
  return { service, servicePort, route, verdict: undefined, steps };
}

/**
 * An address without a route. A cluster IP is ours whole: its other ports are refused. An address of the Service ranges
 * that no Service has is dropped, for it leads nowhere.
 *
 * Source: KEP-3866, nftables mode of kube-proxy.
 */
function locateUnrouted(table: RoutingTable, query: DestinationQuery): Located {
  const none = { servicePort: undefined, route: undefined };
  const { destinationAddress: address, destinationPort: port, protocol } = query;
  const service = table.node.frontends.clusterIP ? clusterIPOwner(table, address) : undefined;
  if (service) {
    const steps = [serviceStep(service), portStep(service, undefined, `${port}/${protocol}`)];
    return { service, ...none, verdict: PORT_UNKNOWN, steps };
  }
  const isServiceRange = table.node.serviceCIDRs?.some((range) => cidrContains(range, address)) ?? false;
  return { service, ...none, verdict: isServiceRange ? UNALLOCATED : NOT_OURS, steps: [] };
}

function clusterIPOwner(table: RoutingTable, address: string): ServiceRoutes | undefined {
  const family = familyOf(address);
  for (const routes of table.services.values()) {
    if (routes.unrouted === undefined && routes.service.clusterIPs[family] === address) return routes;
  }
  return undefined;
}
