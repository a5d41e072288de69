/**
 * Services and EndpointSlices as API objects again: of what the API told, only what routing keeps.
 *
 * `decodeObject` reads them back to what they were, but for the problems, which stand beside them in a record. Nothing
 * that decoding left out can be here: no other annotation, no label, no managed field, no Secret.
 */

import { formatDuration } from '../lib/duration.ts';
import type { EndpointSlice, SliceEndpoint } from '../model/endpoint-slice.ts';
import type { Service, ServiceAnnotations } from '../model/service.ts';

/** An object as JSON has it. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The object as the API would have it. Fields at their defaults are left out. */
export function encodeObject(object: Service | EndpointSlice): JsonObject {
  return object.kind === 'Service' ? encodeService(object) : encodeSlice(object);
}

function encodeService(service: Service): JsonObject {
  const { namespace, name, uid, resourceVersion, creationTimestamp } = service;
  const labels = {
    ...(service.serviceProxyName !== undefined && { [PROXY_NAME]: service.serviceProxyName }),
    ...(service.headlessLabel && { [HEADLESS]: '' }),
  };
  const annotations = encodeAnnotations(service.annotations);
  const { loadBalancerIngress: ingress } = service;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name, ...filled({ uid, resourceVersion, creationTimestamp, labels, annotations }) },
    spec: encodeSpec(service),
    ...(ingress.length > 0 && { status: { loadBalancer: { ingress } } }),
  };
}

const PROXY_NAME = 'service.kubernetes.io/service-proxy-name';
const HEADLESS = 'service.kubernetes.io/headless';

function encodeSpec(service: Service): JsonObject {
  const { type, externalName, ipFamilies, externalIPs, sessionAffinity, sessionAffinityTimeoutSeconds } = service;
  const isSticky = sessionAffinity === 'ClientIP';
  return {
    type,
    ...encodeClusterIPs(service),
    ipFamilies,
    ports: placed(service.ports, ({ index, ...port }) => filled({ ...port })),
    ...filled({ externalName, externalIPs, healthCheckNodePort: service.healthCheckNodePort }),
    ...filled({ loadBalancerSourceRanges: service.loadBalancerSourceRanges.map(({ text }) => text) }),
    ...(isSticky && { sessionAffinity }),
    ...(isSticky && { sessionAffinityConfig: { clientIP: { timeoutSeconds: sessionAffinityTimeoutSeconds } } }),
    internalTrafficPolicy: service.internalTrafficPolicy,
    externalTrafficPolicy: service.externalTrafficPolicy,
  };
}

/** The address of a family stands at the family's place; a family without one has "" there, which is read as none. */
function encodeClusterIPs({ headless, ipFamilies, clusterIPs }: Service): JsonObject {
  if (headless) return { clusterIP: 'None' };
  const list = ipFamilies.map((family) => clusterIPs[family] ?? '');
  const first = list.find((address) => address !== '');
  return first === undefined ? {} : { clusterIP: list[0] || first, clusterIPs: list };
}

function encodeAnnotations(annotations: ServiceAnnotations): JsonObject {
  const { algorithm, connectTimeoutMs, proxyProtocol, udpBalance } = annotations;
  return {
    ...(algorithm && { 'svclane.dev/algorithm': algorithm }),
    ...(connectTimeoutMs !== undefined && { 'svclane.dev/connect-timeout': formatDuration(connectTimeoutMs) }),
    ...(proxyProtocol && { 'svclane.dev/proxy-protocol': proxyProtocol }),
    ...(udpBalance && { 'svclane.dev/udp-balance': udpBalance }),
  };
}

function encodeSlice(slice: EndpointSlice): JsonObject {
  const { namespace, name, resourceVersion, addressType, triggerTimeMs } = slice;
  const labels = {
    ...filled({ 'kubernetes.io/service-name': slice.serviceName }),
    ...(slice.serviceProxyName !== undefined && { [PROXY_NAME]: slice.serviceProxyName }),
    ...(slice.headlessLabel && { [HEADLESS]: '' }),
  };
  const annotations = triggerTimeMs === undefined ? {} : { [TRIGGER_TIME]: new Date(triggerTimeMs).toISOString() };
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace, name, ...filled({ resourceVersion, labels, annotations }) },
    addressType,
    // A name or number that is nil in the API stays so; "" is a name.
    ports: placed(slice.ports, ({ name, protocol, port }) => ({
      ...(name !== undefined && { name }),
      protocol,
      ...(port !== undefined && { port }),
    })),
    endpoints: placed(slice.endpoints, encodeEndpoint),
  };
}

const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time';

function encodeEndpoint(endpoint: SliceEndpoint): JsonObject {
  const { address, ready, serving, terminating, nodeName, zone, podName, hostname } = endpoint;
  const named = (names: readonly string[]): readonly JsonObject[] => names.map((name) => ({ name }));
  const hints = filled({ forZones: named(endpoint.hintZones), forNodes: named(endpoint.hintNodes) });
  return {
    addresses: [address],
    conditions: { ready, ...(serving !== true && { serving }), ...(terminating && { terminating }) },
    ...filled({ nodeName, zone, hostname, hints }),
    ...(podName !== '' && { targetRef: { kind: 'Pod', name: podName } }),
  };
}

/** Entries at the places that they had: where decoding left one out there is null, which it leaves out again. */
function placed<T extends { readonly index: number }>(
  entries: readonly T[],
  encode: (entry: T) => JsonObject,
): readonly (JsonObject | null)[] {
  const list: (JsonObject | null)[] = [];
  for (const entry of entries) {
    while (list.length < entry.index) list.push(null);
    list.push(encode(entry));
  }
  return list;
}

/** The fields that say something: not "", 0, and nothing empty. */
function filled(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === '' || value === 0;
}
