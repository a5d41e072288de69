/**
 * Keeps the healthCheckNodePort servers in step with the table, at a cost proportional to the change.
 */

import type { ServiceHealth } from '../admin/service-health.ts';
import { type ServiceHealthInput, serviceHealthMaps } from '../admin/service-health-book.ts';
import { deepEqual } from '../lib/deep-equal.ts';
import type { RoutingTable, TableDiff } from '../model/route.ts';
import { healthCheckNodePortOfRoutes } from '../routing/health-check-node-ports.ts';

/**
 * Returns the function that follows tables. Servers are touched only when a Service with such a port changed, or the
 * addresses at which node ports are answered did.
 */
export function followServiceHealth(
  servers: Pick<ServiceHealth, 'sync'>,
): (diff: TableDiff, table: RoutingTable) => Promise<void> {
  const inputs = new Map<string, ServiceHealthInput>();
  let addresses: readonly string[] = [];
  return async (diff, table) => {
    const changes = diff.services.filter((key) => update(inputs, key, table));
    const moved = inputs.size > 0 && !deepEqual(addresses, table.node.nodePortIPs);
    addresses = table.node.nodePortIPs;
    if (changes.length === 0 && !moved) return;
    const { services, counts } = serviceHealthMaps(inputs.values());
    await servers.sync(services, counts);
  };
}

function update(inputs: Map<string, ServiceHealthInput>, key: string, table: RoutingTable): boolean {
  const before = inputs.get(key);
  const after = inputOf(table, key);
  if (after) inputs.set(key, after);
  else inputs.delete(key);
  return !deepEqual(before, after);
}

function inputOf(table: RoutingTable, key: string): ServiceHealthInput | undefined {
  const routes = table.services.get(key);
  const found = routes && healthCheckNodePortOfRoutes(routes);
  if (!routes || !found) return undefined;
  const { namespace, name } = routes.service;
  return { namespace, name, healthCheckNodePort: found.port, localReadyIPs: found.localReadyIPs };
}
