/**
 * Where a client is: on this node, in a pod, or outside. External traffic policies make a difference between them.
 */

import { cidrContains, isLoopback } from '../model/address.ts';
import type { Frontend, NodeContext } from '../model/route.ts';

/** A client as the traffic policies see it. */
export type ClientClass = 'pod' | 'node' | 'external';

/**
 * The class of a client by its canonical address. The node comes first: its own addresses on the pod network are of the
 * pod range too. Without pod ranges pods cannot be told, and count as external.
 *
 * Source: Service `spec.externalTrafficPolicy`, Node `spec.podCIDRs`.
 */
export function classifyClient(address: string, { nodeIPs, podCIDRs }: NodeContext): ClientClass {
  if (isLoopback(address) || nodeIPs.includes(address)) return 'node';
  return podCIDRs.some((range) => cidrContains(range, address)) ? 'pod' : 'external';
}

/**
 * The class of a client of one frontend. Who comes from the very address that it asks is this node: where a Service
 * address is local, the kernel takes it as the source.
 */
export function clientClassAt(
  { address }: Frontend,
  sourceAddress: string | undefined,
  clientClass: ClientClass,
): ClientClass {
  return sourceAddress === address ? 'node' : clientClass;
}
