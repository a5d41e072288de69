/**
 * The lanes of Services that have addresses of their own: they are the table's, and come and go with it.
 */

import { type Cidr, cidrContains } from '../../model/address.ts';
import type { Route, RoutingTable } from '../../model/route.ts';
import type { BoundLane } from './bound-lane.ts';

/** The lanes at addresses of a range, sorted by Service and port. */
export function hostLanes(table: RoutingTable, range: Cidr): readonly BoundLane[] {
  const lanes: BoundLane[] = [];
  for (const [, { routes }] of table.services.entries()) {
    for (const route of routes) {
      if (route.frontend.kind === 'local' && cidrContains(range, route.frontend.address)) lanes.push(laneOf(route));
    }
  }
  return lanes.sort((a, b) => order(a).localeCompare(order(b)));
}

function laneOf({ frontend: { address, port, protocol }, servicePort }: Route): BoundLane {
  const { namespace, service, portName } = servicePort;
  const plan = {
    namespace,
    service,
    label: `${namespace}/${service}`,
    port,
    portText: portName || String(port),
    portName,
    remote: port,
    protocol: protocol === 'UDP' ? 'UDP' : 'TCP',
    local: port,
    addresses: [address],
  } as const;
  return { plan, addresses: [address], localPort: port, tellsAll: true };
}

function order({ plan: { label, remote, protocol } }: BoundLane): string {
  return `${label} ${String(remote).padStart(5)} ${protocol}`;
}
