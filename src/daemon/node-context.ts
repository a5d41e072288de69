/**
 * Where svclane runs, as the next table is to see it: configuration, the own Node, and the machine's addresses.
 */

import type { Config } from '../config/config.ts';
import { deepEqual } from '../lib/deep-equal.ts';
import { type Cidr, parseCidr } from '../model/address.ts';
import type { Node } from '../model/node.ts';
import type { HostLanes, NodeContext } from '../model/route.ts';
import { selectNodePortIPs } from '../routing/node-port-addresses.ts';

/** Gives the same object as long as nothing it is made of has changed. */
export interface NodeContextBuilder {
  /** `addresses` are the machine's own. */
  build(config: Config, node: Node | undefined, addresses: readonly string[], hosts?: HostLanes): NodeContext;
}

export function createNodeContextBuilder(): NodeContextBuilder {
  let last: NodeContext | undefined;
  return {
    build(config, node, addresses, hosts) {
      const next = { ...buildNodeContext(config, node, addresses), ...(hosts && { hosts }) };
      if (!last || !deepEqual(last, next)) last = next;
      return last;
    },
  };
}

function buildNodeContext(config: Config, node: Node | undefined, addresses: readonly string[]): NodeContext {
  const { nodePortAddresses, clusterIP, nodePorts, externalIPs, loadBalancerIPs } = config.frontends;
  const nodeIPs = [...new Set([...addresses, ...(node?.addresses ?? [])])].sort();
  return {
    nodeName: config.nodeName,
    zone: node?.zone ?? '',
    nodeIPs,
    nodePortIPs: selectNodePortIPs(nodePortAddresses, addresses, node?.addresses ?? []),
    podCIDRs: config.clusterCIDR.length > 0 ? config.clusterCIDR : cidrsOf(node),
    frontends: { clusterIP, nodePorts, externalIPs, loadBalancerIPs },
    lanes: config.lanes,
  };
}

function cidrsOf(node: Node | undefined): readonly Cidr[] {
  return (node?.podCIDRs ?? []).map(parseCidr).filter((cidr) => cidr !== undefined);
}
