/**
 * Which Services are routed at all.
 */

import type { UnroutedReason } from '../model/route.ts';
import type { Service } from '../model/service.ts';

/**
 * Whether an object is for this proxy: its label `service.kubernetes.io/service-proxy-name` has our name, or is absent
 * where we have none. A present label excludes, whatever its value.
 *
 * Source: https://kubernetes.io/docs/reference/labels-annotations-taints/#servicekubernetesioservice-proxy-name
 */
export function isOurs(object: { readonly serviceProxyName: string | undefined }, serviceProxyName: string): boolean {
  return object.serviceProxyName === (serviceProxyName === '' ? undefined : serviceProxyName);
}

/**
 * Why a Service is not routed, or `undefined` where it is. An ExternalName is none, even with a cluster IP left over.
 *
 * Source: Service `spec.type`, `spec.clusterIP`, labels `service.kubernetes.io/headless` and `…/service-proxy-name`.
 */
export function unroutedReason(service: Service, serviceProxyName: string): UnroutedReason | undefined {
  if (!isOurs(service, serviceProxyName)) return 'SVC_OTHER_PROXY';
  if (service.type === 'ExternalName') return 'SVC_EXTERNALNAME';
  if (service.headless || service.headlessLabel) return 'SVC_HEADLESS';
  return Object.keys(service.clusterIPs).length === 0 ? 'SVC_NO_CLUSTER_IP' : undefined;
}

/** Whether lanes may lead to a Service: headless ones too, for a lane needs no cluster IP. */
export function isReachableByLane(service: Service, serviceProxyName: string): boolean {
  return isOurs(service, serviceProxyName) && service.type !== 'ExternalName';
}
