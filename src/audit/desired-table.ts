/**
 * The routing table that a proxy of one node should have programmed: every kind of frontend, whatever svclane itself is
 * configured to serve.
 */

import { parseCidr } from '../model/address.ts';
import type { EndpointSlice } from '../model/endpoint-slice.ts';
import type { NodeContext, RoutingTable } from '../model/route.ts';
import type { Service } from '../model/service.ts';
import { createClusterState } from '../routing/cluster-state.ts';
import { buildTable, emptyTable } from '../routing/table.ts';
import { ANY_ADDRESS } from './programmed.ts';

/** The node whose proxy is looked at. */
export interface AuditedNode {
  readonly nodeName: string;
  /** "" = none. */
  readonly zone: string;
  readonly addresses: readonly string[];
  readonly podCIDRs: readonly string[];
}

/** What the API says of a Service. */
export interface ServiceObjects {
  readonly service: Service;
  readonly slices: readonly EndpointSlice[];
}

/**
 * Builds the table with the data path's own functions. A node port is one frontend of each family, at all addresses: which
 * of the node's addresses have node ports is a setting of the proxy, not of the API.
 */
export function buildDesiredTable(objects: Iterable<ServiceObjects>, node: AuditedNode): RoutingTable {
  const state = createClusterState({ serviceProxyName: '' });
  for (const { service, slices } of objects) {
    state.apply(service);
    for (const slice of slices) state.apply(slice);
  }
  const context: NodeContext = {
    nodeName: node.nodeName,
    zone: node.zone,
    nodeIPs: node.addresses,
    nodePortIPs: [ANY_ADDRESS.IPv4, ANY_ADDRESS.IPv6],
    podCIDRs: node.podCIDRs.map(parseCidr).filter((range) => range !== undefined),
    frontends: { clusterIP: true, nodePorts: true, externalIPs: true, loadBalancerIPs: true },
    lanes: [],
  };
  return buildTable(emptyTable(context), state.snapshot(), state.takeDirty().services, context);
}
