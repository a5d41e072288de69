/**
 * Joining: the endpoints of one Service port out of all slices of its Service.
 *
 * Slices may come in any order and be cut in any way, and may contradict one another for a while: the result depends on
 * what they contain only.
 */

import { formatHostPort, type IpFamily, type Protocol } from '../model/address.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { EndpointSlice, SliceEndpoint, SlicePort } from '../model/endpoint-slice.ts';
import type { Collect, Exclusion, ExclusionCode } from './codes.ts';

/** Which endpoints are wanted. `nodeName` "" = on no node: nothing is local. */
export interface JoinTarget {
  readonly family: IpFamily;
  readonly portName: string;
  readonly protocol: Protocol;
  readonly nodeName: string;
}

/**
 * The endpoints of a Service port, whatever their conditions, sorted by key. The slices are sorted by name. The number of
 * the slice's port counts, not the Service's target port; one port name may have several numbers.
 *
 * Source: EndpointSlice `addressType`, `ports`, `endpoints`.
 */
export function joinSlices(
  slices: readonly EndpointSlice[],
  target: JoinTarget,
  collect?: Collect,
): readonly Endpoint[] {
  const found = new Map<string, Endpoint>();
  for (const slice of slices) {
    for (const port of matchingPorts(slice, target, collect)) {
      for (const entry of slice.endpoints) addEndpoint(found, endpointOf(slice, entry, port, target.nodeName), collect);
    }
  }
  return [...found.values()].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

/** The numbers under which a slice serves the target; why not, where it does not. */
function matchingPorts(slice: EndpointSlice, target: JoinTarget, collect: Collect | undefined): readonly number[] {
  if (slice.addressType !== target.family) {
    collect?.(sliceExclusion('SLICE_FAMILY', slice, 'addressType', JSON.stringify(slice.addressType)));
    return [];
  }
  const numbers: number[] = [];
  for (const port of slice.ports) {
    if (!mismatch(port, target) && port.port !== undefined) numbers.push(port.port);
  }
  if (numbers.length === 0 && collect) collectMismatch(slice, target, collect);
  return numbers;
}

/** Why a port of a slice is not the target; the later code is the nearer miss. */
function mismatch(port: SlicePort, target: JoinTarget): ExclusionCode | undefined {
  if (port.name === undefined) return 'SLICE_PORT_NIL';
  if (port.name !== target.portName) return 'SLICE_PORT_NAME';
  if (port.protocol !== target.protocol) return 'SLICE_PROTOCOL';
  return port.port === undefined ? 'SLICE_PORT_NIL' : undefined;
}

/** Tells the nearest miss: a port of the right name before those of other names. */
function collectMismatch(slice: EndpointSlice, target: JoinTarget, collect: Collect): void {
  const near = slice.ports.find((port) => port.name === target.portName) ?? slice.ports[0];
  const code = (near && mismatch(near, target)) ?? 'SLICE_PORT_NAME';
  const field = near && nearField(near, target);
  const path = near && field ? `ports[${near.index}].${field}` : 'ports';
  const value = near && field ? near[field] : [];
  collect(sliceExclusion(code, slice, path, value === undefined ? 'nil' : JSON.stringify(value)));
}

/** The field that keeps a port from being the target. */
function nearField(port: SlicePort, target: JoinTarget): 'name' | 'protocol' | 'port' {
  if (port.name !== target.portName) return 'name';
  return port.protocol === target.protocol ? 'port' : 'protocol';
}

function endpointOf(slice: EndpointSlice, entry: SliceEndpoint, port: number, nodeName: string): Endpoint {
  return {
    key: formatHostPort(entry.address, port),
    address: entry.address,
    port,
    ready: entry.ready,
    serving: entry.serving,
    terminating: entry.terminating,
    isLocal: nodeName !== '' && entry.nodeName === nodeName,
    nodeName: entry.nodeName,
    zone: entry.zone,
    namespace: slice.namespace,
    podName: entry.podName,
    hintZones: entry.hintZones,
    hintNodes: entry.hintNodes,
    sliceName: slice.name,
    sliceIndex: entry.index,
  };
}

/** Of two endpoints with one address and port the better one counts; of equals the first. */
function addEndpoint(found: Map<string, Endpoint>, endpoint: Endpoint, collect: Collect | undefined): void {
  const known = found.get(endpoint.key);
  const wins = !known || rank(endpoint) > rank(known);
  if (wins) found.set(endpoint.key, endpoint);
  const loser = wins ? known : endpoint;
  if (loser) collect?.(endpointExclusion('EP_DUPLICATE', loser, 'addresses[0]', loser.address));
}

/**
 * A pod's address may be in the slices twice, when a new pod has taken the address of one that still terminates: the
 * running pod wins, then the ready one, then the local one.
 */
function rank({ terminating, ready, isLocal }: Endpoint): number {
  return (terminating ? 0 : 4) + (ready ? 2 : 0) + (isLocal ? 1 : 0);
}

/** An exclusion that a field of an endpoint explains. */
export function endpointExclusion(code: ExclusionCode, endpoint: Endpoint, field: string, value: unknown): Exclusion {
  return {
    code,
    subject: endpoint.key,
    pod: endpoint.podName,
    object: `EndpointSlice ${endpoint.sliceName}`,
    path: `endpoints[${endpoint.sliceIndex}].${field}`,
    value: JSON.stringify(value),
  };
}

function sliceExclusion(code: ExclusionCode, slice: EndpointSlice, path: string, value: string): Exclusion {
  return { code, subject: slice.name, pod: '', object: `EndpointSlice ${slice.name}`, path, value };
}
