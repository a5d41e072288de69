/**
 * The first lines of a forward. Scripts read `Forwarding from 127.0.0.1:8080 -> `, as kubectl prints it.
 */

import { formatHostPort } from '../../model/address.ts';
import type { RoutingTable } from '../../model/route.ts';
import { type BoundLane, laneText, readyCount } from './bound-lane.ts';

/** How pods are reached: what was asked for, what it came to, and why; "" = there was nothing to choose. */
export interface Way {
  readonly asked: string;
  readonly chosen: string;
  readonly reason: string;
}

/** `3 ready pods, roundrobin`. */
function podsText(ready: number, algorithm: string): string {
  if (ready === 0) return 'no ready pod yet: conns wait for one';
  return `${ready} ready pod${ready === 1 ? '' : 's'}${ready === 1 ? '' : `, ${algorithm}`}`;
}

/** A line for each address at which a lane is to be told of; what stands behind is in one column. */
export function forwardingLines(
  lanes: readonly BoundLane[],
  table: RoutingTable,
  algorithmOf: (lane: BoundLane) => string,
): readonly string[] {
  const rows = lanes.flatMap((lane) => {
    const pods = `(${podsText(readyCount(lane, table), algorithmOf(lane))})`;
    return lane.addresses
      .slice(0, lane.tellsAll ? undefined : 1)
      .map(
        (address) => [`Forwarding from ${formatHostPort(address, lane.localPort)} -> ${laneText(lane)}`, pods] as const,
      );
  });
  const width = Math.max(0, ...rows.map(([head]) => head.length));
  return rows.map(([head, pods]) => `${head.padEnd(width)}  ${pods}`);
}

/** A lane whose Service is gone, or has not that port any more: `shop/web:http is gone: 127.0.0.1:8080 is closed`. */
export function goneLine(lane: BoundLane): string {
  return `${laneText(lane)} is gone: ${formatHostPort(lane.addresses[0] ?? '', lane.localPort)} is closed`;
}

/** `Context kind-dev · namespace shop · transport auto -> apiserver (why)`. */
export function contextLine(context: string, namespace: string, { asked, chosen, reason }: Way): string {
  const way = asked === chosen ? asked : `${asked} -> ${chosen}`;
  return `Context ${context} · namespace ${namespace} · transport ${way}${reason === '' ? '' : ` (${reason})`}`;
}

/** `Ready: 2 of 3 lanes. API http://127.0.0.1:10290 (token in ~/.config/svclane/token)`. */
export function readyLine(ready: number, lanes: number, admin: string, tokenPath: string): string {
  const token = tokenPath === '' ? '' : ` (token in ${tokenPath})`;
  return `Ready: ${ready} of ${lanes} lane${lanes === 1 ? '' : 's'}.${admin === '' ? '' : ` API ${admin}${token}`}`;
}

/** Why UDP is not forwarded, and what would help: two lines. */
export function udpRefusal({ plan }: Pick<BoundLane, 'plan'>): readonly string[] {
  const name = plan.label.slice(plan.label.indexOf('/') + 1);
  const target = name.includes('/') ? name : `svc/${name}`;
  const local = plan.local === 0 || plan.local === plan.remote ? '' : `${plan.local}:`;
  return [
    `error: ${plan.label} ${plan.portText}/udp: UDP cannot cross the API server (NeedsDirectTransport)`,
    `hint:  run where pod IPs are routable (--transport direct), or forward the TCP port: ${target} ${local}${plan.portText}`,
  ];
}
