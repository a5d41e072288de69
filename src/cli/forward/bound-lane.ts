/**
 * A lane that has its local port, and what the routing table says of it.
 */

import type { Lane } from '../../config/config.ts';
import type { LaneTarget, RoutingTable, ServicePort } from '../../model/route.ts';
import { laneFrontend } from '../../routing/frontends.ts';
import type { LanePlan } from './plan-lanes.ts';

/** A lane with its addresses. `localPort` 0 = chosen when it is bound (UDP). */
export interface BoundLane {
  readonly plan: LanePlan;
  readonly addresses: readonly string[];
  readonly localPort: number;
  /** Whether each address gets a first line of its own; else only the first does, as of localhost. */
  readonly tellsAll: boolean;
}

/** The lanes of the configuration: one for each address. */
export function configLanes({ plan, addresses, localPort }: BoundLane): readonly Lane[] {
  const { namespace, service, port, protocol } = plan;
  return addresses.map((address) => ({ namespace, service, port, protocol, address, localPort }));
}

/** The key of the lane's first frontend. */
function frontendKeyOf(lane: BoundLane): string {
  const [first] = configLanes(lane);
  return first ? laneFrontend(laneTarget(first)).key : '';
}

/** Where the lane leads; `undefined` = the table has no such port. */
export function servicePortOf(lane: BoundLane, table: RoutingTable): ServicePort | undefined {
  return table.routes.get(frontendKeyOf(lane))?.servicePort;
}

/** How many pods of the lane are ready. */
export function readyCount(lane: BoundLane, table: RoutingTable): number {
  return (servicePortOf(lane, table)?.clusterEndpoints ?? []).filter(({ ready }) => ready).length;
}

/** `shop/web:http`, `shop/dns:53/udp`. */
export function laneText({ plan: { label, portText, protocol } }: Pick<BoundLane, 'plan'>): string {
  return `${label}:${portText}${protocol === 'UDP' ? '/udp' : ''}`;
}

function laneTarget({ namespace, service, port, protocol, address, localPort }: Lane): LaneTarget {
  return { namespace, service, port, protocol, address, localPort };
}
