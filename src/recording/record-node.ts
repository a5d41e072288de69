/**
 * Where svclane ran, in a record.
 */

import { type Cidr, parseCidr } from '../model/address.ts';
import type { HostLanes, NodeContext } from '../model/route.ts';
import type { RecordedNode } from './record-lines.ts';

/** A node context ready for JSON. */
export function encodeNode({
  podCIDRs,
  serviceCIDRs,
  nodeIPs,
  nodePortIPs,
  lanes,
  hosts,
  ...rest
}: NodeContext): RecordedNode {
  return {
    ...rest,
    nodeIPs: [...nodeIPs],
    nodePortIPs: [...nodePortIPs],
    podCIDRs: podCIDRs.map(({ text }) => text),
    ...(serviceCIDRs && { serviceCIDRs: serviceCIDRs.map(({ text }) => text) }),
    lanes: lanes.map((lane) => ({ ...lane })),
    ...(hosts && { hosts: { udp: hosts.udp } }),
  };
}

/** The context that was recorded; `undefined` = one of its ranges is none. `addressOf` has the local addresses of Services. */
export function decodeNode(
  { podCIDRs, serviceCIDRs, hosts, ...rest }: RecordedNode,
  addressOf: HostLanes['addressOf'],
): NodeContext | undefined {
  const pods = parseRanges(podCIDRs);
  const services = serviceCIDRs && parseRanges(serviceCIDRs);
  if (!pods || (serviceCIDRs && !services)) return undefined;
  return {
    ...rest,
    podCIDRs: pods,
    ...(services && { serviceCIDRs: services }),
    ...(hosts && { hosts: { udp: hosts.udp, addressOf } }),
  };
}

function parseRanges(texts: readonly string[]): readonly Cidr[] | undefined {
  const ranges = texts.map(parseCidr).filter((range) => range !== undefined);
  return ranges.length === texts.length ? ranges : undefined;
}
