/**
 * Causes: what differs between two states of one Service, in the words of the API.
 */

import { deepEqual } from '../lib/deep-equal.ts';
import type { Cidr } from '../model/address.ts';
import type { EndpointSlice, SliceEndpoint } from '../model/endpoint-slice.ts';
import type { FrontendConflict, NodeContext } from '../model/route.ts';
import type { Service } from '../model/service.ts';

/** One field that differs. Values are as people write them; "" = not there. */
interface FieldChange {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** One thing that changed. */
export interface ChangeCause {
  readonly kind: 'Service' | 'EndpointSlice' | 'Node' | 'Frontend';
  readonly name: string;
  /** As it is after the change; of a deleted object the last one known. "" where it has none. */
  readonly resourceVersion: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** The endpoint of a slice that it is about, `10.244.1.9`; "" = the object itself. */
  readonly endpoint: string;
  readonly pod: string;
  readonly fields: readonly FieldChange[];
}

/** What changed of a Service itself. */
export function serviceCauses(before: Service | undefined, after: Service | undefined): readonly ChangeCause[] {
  const one = after ?? before;
  if (!one || before === after) return [];
  const fields = before && after ? fieldChanges(SERVICE_FIELDS, before, after) : [];
  if (before && after && fields.length === 0) return [];
  return [cause('Service', one.name, one.resourceVersion, changeOf(before, after), { fields })];
}

/** What changed of the slices: those that came and went, and the endpoints within those that stayed. */
export function sliceCauses(before: readonly EndpointSlice[], after: readonly EndpointSlice[]): readonly ChangeCause[] {
  const old = new Map(before.map((slice) => [slice.name, slice]));
  const now = new Map(after.map((slice) => [slice.name, slice]));
  const names = [...new Set([...old.keys(), ...now.keys()])].sort();
  return names.flatMap((name) => causesOfSlice(old.get(name), now.get(name)));
}

/** What changed around a Service: where we run, or who has an address that it claims (`before` and `after`). */
export function tableCauses(
  nodeBefore: NodeContext,
  nodeAfter: NodeContext,
  before: readonly FrontendConflict[] = [],
  after: readonly FrontendConflict[] = [],
): readonly ChangeCause[] {
  const lost = new Map(after.map(({ frontend, owner }) => [frontend.key, owner]));
  const had = new Map(before.map(({ frontend, owner }) => [frontend.key, owner]));
  const contested = [...new Set([...lost.keys(), ...had.keys()])]
    .filter((key) => lost.get(key) !== had.get(key))
    .sort();
  const frontends = contested.map((key) => {
    const fields = [{ path: 'owner', before: had.get(key) ?? '', after: lost.get(key) ?? '' }];
    return cause('Frontend', key, '', 'changed', { fields });
  });
  const fields = fieldChanges(NODE_FIELDS, nodeBefore, nodeAfter);
  const node = fields.length === 0 ? [] : [cause('Node', nodeAfter.nodeName, '', 'changed', { fields })];
  return [...frontends, ...node];
}

function causesOfSlice(before: EndpointSlice | undefined, after: EndpointSlice | undefined): readonly ChangeCause[] {
  const one = after ?? before;
  if (!one || before === after) return [];
  const fields = before && after ? fieldChanges(SLICE_FIELDS, before, after) : [];
  const change = changeOf(before, after);
  const own = change === 'changed' && fields.length === 0 ? [] : [causeOf(one, change, undefined, fields)];
  return [...own, ...endpointCauses(one, before?.endpoints ?? [], after?.endpoints ?? [])];
}

function endpointCauses(
  slice: EndpointSlice,
  before: readonly SliceEndpoint[],
  after: readonly SliceEndpoint[],
): readonly ChangeCause[] {
  const old = new Map(before.map((endpoint) => [endpoint.address, endpoint]));
  const now = new Map(after.map((endpoint) => [endpoint.address, endpoint]));
  const causes: ChangeCause[] = [];
  for (const [address, endpoint] of old) {
    if (!now.has(address)) causes.push(causeOf(slice, 'removed', endpoint, []));
  }
  for (const [address, endpoint] of now) {
    const known = old.get(address);
    const fields = known ? fieldChanges(ENDPOINT_FIELDS, known, endpoint) : conditionsOf(endpoint);
    if (!known || fields.length > 0) causes.push(causeOf(slice, changeOf(known, endpoint), endpoint, fields));
  }
  return causes;
}

function causeOf(
  slice: EndpointSlice,
  change: ChangeCause['change'],
  endpoint: SliceEndpoint | undefined,
  fields: readonly FieldChange[],
): ChangeCause {
  const { address = '', podName = '' } = endpoint ?? {};
  return cause('EndpointSlice', slice.name, slice.resourceVersion, change, { endpoint: address, pod: podName, fields });
}

function cause(
  kind: ChangeCause['kind'],
  name: string,
  resourceVersion: string,
  change: ChangeCause['change'],
  { endpoint = '', pod = '', fields }: Pick<ChangeCause, 'fields'> & { endpoint?: string; pod?: string },
): ChangeCause {
  return { kind, name, resourceVersion, change, endpoint, pod, fields };
}

function changeOf(before: unknown, after: unknown): ChangeCause['change'] {
  if (before === undefined) return 'added';
  return after === undefined ? 'removed' : 'changed';
}

/** Where a field stands in the API, and how it is read from the model. */
type Fields<T> = readonly (readonly [path: string, read: (object: T) => unknown])[];

const SERVICE_FIELDS: Fields<Service> = [
  ['metadata.uid', ({ uid }) => uid],
  ['metadata.labels["service.kubernetes.io/service-proxy-name"]', ({ serviceProxyName }) => serviceProxyName],
  ['metadata.labels["service.kubernetes.io/headless"]', ({ headlessLabel }) => headlessLabel],
  ['metadata.annotations', ({ annotations }) => annotations],
  ['spec.type', ({ type }) => type],
  ['spec.clusterIPs', ({ headless, clusterIPs }) => (headless ? 'None' : Object.values(clusterIPs))],
  ['spec.ipFamilies', ({ ipFamilies }) => ipFamilies],
  [
    'spec.ports',
    ({ ports }) => ports.map(({ name, port, nodePort, protocol }) => ({ name, port, nodePort, protocol })),
  ],
  ['spec.externalIPs', ({ externalIPs }) => externalIPs],
  ['spec.loadBalancerSourceRanges', ({ loadBalancerSourceRanges: ranges }) => ranges.map(({ text }: Cidr) => text)],
  ['status.loadBalancer.ingress', ({ loadBalancerIngress }) => loadBalancerIngress],
  ['spec.sessionAffinity', ({ sessionAffinity }) => sessionAffinity],
  ['spec.sessionAffinityConfig', ({ sessionAffinityTimeoutSeconds }) => sessionAffinityTimeoutSeconds],
  ['spec.internalTrafficPolicy', ({ internalTrafficPolicy }) => internalTrafficPolicy],
  ['spec.externalTrafficPolicy', ({ externalTrafficPolicy }) => externalTrafficPolicy],
  ['spec.healthCheckNodePort', ({ healthCheckNodePort }) => healthCheckNodePort],
];

const SLICE_FIELDS: Fields<EndpointSlice> = [
  ['addressType', ({ addressType }) => addressType],
  ['ports', ({ ports }) => ports.map(({ name, port, protocol }) => ({ name, port, protocol }))],
];

const ENDPOINT_FIELDS: Fields<SliceEndpoint> = [
  ['ready', ({ ready }) => ready],
  ['serving', ({ serving }) => serving],
  ['terminating', ({ terminating }) => terminating],
  ['nodeName', ({ nodeName }) => nodeName],
  ['zone', ({ zone }) => zone],
  ['hints.forZones', ({ hintZones }) => hintZones],
  ['hints.forNodes', ({ hintNodes }) => hintNodes],
  ['targetRef.name', ({ podName }) => podName],
  ['hostname', ({ hostname }) => hostname],
];

const NODE_FIELDS: Fields<NodeContext> = [
  ['nodeName', ({ nodeName }) => nodeName],
  ['zone', ({ zone }) => zone],
  ['addresses', ({ nodeIPs }) => nodeIPs],
  ['nodePortAddresses', ({ nodePortIPs }) => nodePortIPs],
  ['podCIDRs', ({ podCIDRs }) => podCIDRs.map(({ text }) => text)],
  ['frontends', ({ frontends }) => frontends],
  ['lanes', ({ lanes }) => lanes.map(({ namespace, service, port }) => `${namespace}/${service}:${port}`)],
];

function fieldChanges<T>(fields: Fields<T>, before: T, after: T): readonly FieldChange[] {
  return fields
    .filter(([, read]) => !deepEqual(read(before), read(after)))
    .map(([path, read]) => ({ path, before: textOf(read(before)), after: textOf(read(after)) }));
}

/** How a new endpoint comes. */
function conditionsOf({ ready, serving, terminating }: SliceEndpoint): readonly FieldChange[] {
  const state = { ready, ...(serving !== ready && { serving }), ...(terminating && { terminating }) };
  return Object.entries(state).map(([path, value]) => ({ path, before: '', after: String(value) }));
}

function textOf(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
