/**
 * From a table's difference to what changed per ServicePort: what balancing follows.
 */

import type { ServicePortChange } from '../balancing/picker.ts';
import type { RoutingTable, ServicePort, ServiceRoutes, TableDiff } from '../model/route.ts';

/** Every ServicePort that came, went or became another object; lanes' own ones included. */
export function servicePortChanges(
  { services }: TableDiff,
  before: RoutingTable,
  after: RoutingTable,
): readonly ServicePortChange[] {
  return services.flatMap((key) => changesOf(portsOf(before.services.get(key)), portsOf(after.services.get(key))));
}

function changesOf(
  before: ReadonlyMap<string, ServicePort>,
  after: ReadonlyMap<string, ServicePort>,
): ServicePortChange[] {
  const gone = [...before].filter(([key]) => !after.has(key)).map(([, port]) => ({ before: port, after: undefined }));
  const changed = [...after]
    .map(([key, port]) => ({ before: before.get(key), after: port }))
    .filter((change) => change.before !== change.after);
  return [...gone, ...changed];
}

function portsOf(service: ServiceRoutes | undefined): ReadonlyMap<string, ServicePort> {
  const ports = new Map((service?.ports ?? []).map((port) => [port.key, port]));
  for (const { servicePort } of service?.routes ?? []) ports.set(servicePort.key, servicePort);
  return ports;
}
