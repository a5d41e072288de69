/**
 * What several kinds of vectors begin with: API objects decoded into a cluster state, and a table built from it.
 */

import { IP_FAMILIES, type IpFamily, type Protocol, parseCidr } from '../../../src/model/address.ts';
import { decodeObject } from '../../../src/model/decode-object.ts';
import type { NodeContext, RoutingTable } from '../../../src/model/route.ts';
import type { ApiObject, WatchedKind } from '../../../src/model/source.ts';
import { type ClusterState, createClusterState } from '../../../src/routing/cluster-state.ts';
import { buildTable, emptyTable } from '../../../src/routing/table.ts';
import type { JsonRecord } from '../vector-case.ts';
import { recordOf, recordsOf, stringOf, stringsOf } from './json-fields.ts';

const ZONE_LABEL = 'topology.kubernetes.io/zone';

/** A state of Services without a proxy name. */
export function newState(startedAtMs?: number): ClusterState {
  return createClusterState({ serviceProxyName: '', ...(startedAtMs !== undefined && { startedAtMs }) });
}

/** Plays one event, `{op: apply|delete, endpointSlice|service}`; tells whether the state changed. */
export function playEvent(state: ClusterState, event: JsonRecord): boolean {
  const kind: WatchedKind = event.service === undefined ? 'EndpointSlice' : 'Service';
  const raw = event.service ?? event.endpointSlice;
  const metadata = recordOf(recordOf(raw).metadata);
  if (event.op === 'delete') return state.delete(kind, stringOf(metadata.namespace), stringOf(metadata.name));
  const object = decode(raw);
  return object !== undefined && state.apply(object);
}

/** A state with the Services and slices of a case's input. */
export function stateOf(input: JsonRecord): ClusterState {
  const state = newState();
  for (const service of recordsOf(input.services)) playEvent(state, { op: 'apply', service });
  for (const endpointSlice of recordsOf(input.endpointSlices)) playEvent(state, { op: 'apply', endpointSlice });
  return state;
}

/** The next table of a state. */
export function tableOf(state: ClusterState, node: NodeContext, previous = emptyTable(node)): RoutingTable {
  const { services } = state.takeDirty();
  return buildTable(previous, state.snapshot(), services, node);
}

/** A node on which every kind of frontend is wanted. */
export function nodeOf(input: JsonRecord, more: Partial<NodeContext> = {}): NodeContext {
  const nodeIPs = stringsOf(input.nodeIPs);
  return {
    nodeName: stringOf(input.nodeName),
    zone: stringOf(recordOf(input.nodeLabels)[ZONE_LABEL]),
    nodeIPs,
    nodePortIPs: nodeIPs,
    podCIDRs: [],
    frontends: { clusterIP: true, nodePorts: true, externalIPs: true, loadBalancerIPs: true },
    lanes: [],
    ...more,
  };
}

/** The CIDRs of a list of texts. */
export function cidrsOf(value: unknown): NonNullable<ReturnType<typeof parseCidr>>[] {
  return stringsOf(value)
    .map(parseCidr)
    .filter((cidr) => cidr !== undefined);
}

/** The family of a case. */
export function familyOfInput(input: JsonRecord): IpFamily {
  return IP_FAMILIES.find((family) => family === input.ipFamily) ?? 'IPv4';
}

/** The protocol that a field names. */
export function protocolOf(value: unknown): Protocol {
  return value === 'UDP' || value === 'SCTP' ? value : 'TCP';
}

function decode(raw: unknown): ApiObject | undefined {
  return decodeObject(raw).object;
}
