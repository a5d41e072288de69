/**
 * The health check node ports of a table: where load balancers ask whether this node has local endpoints.
 */

import type { RoutingTable, ServiceRoutes } from '../model/route.ts';
import { healthCheckNodePortOf } from './service-ports.ts';

/** One health check node port. `localReadyIPs` are of both families. */
export interface HealthCheckNodePort {
  /** `namespace/name`. */
  readonly key: string;
  readonly port: number;
  readonly localReadyIPs: readonly string[];
}

/**
 * The health check node port of one Service; `undefined` = none. A Service that is not routed has none.
 *
 * Source: Service `spec.healthCheckNodePort`.
 */
export function healthCheckNodePortOfRoutes(routes: ServiceRoutes): HealthCheckNodePort | undefined {
  const port = healthCheckNodePortOf(routes.service);
  if (port === 0 || routes.unrouted !== undefined || routes.ports.length === 0) return undefined;
  return { key: routes.key, port, localReadyIPs: routes.localReadyIPs };
}

/** Those of all Services, sorted by key. Its cost is that of the table: to follow changes, ask Service by Service. */
export function healthCheckNodePorts(table: RoutingTable): readonly HealthCheckNodePort[] {
  const found = [...table.services.values()].map(healthCheckNodePortOfRoutes).filter((entry) => entry !== undefined);
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}
