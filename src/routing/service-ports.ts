/**
 * A Service's ports in one family: what the API says of them, before any endpoint is looked at.
 */

import { type Cidr, familyOf, type IpFamily, type Protocol } from '../model/address.ts';
import type { Service, ServicePortSpec } from '../model/service.ts';
import { unroutedReason } from './service-selection.ts';

/** One port of a Service in one family, as the API describes it. */
export interface ServicePortFacts {
  readonly portName: string;
  readonly protocol: Protocol;
  readonly family: IpFamily;
  readonly port: number;
  readonly clusterIP: string;
  /** 0 = none. */
  readonly nodePort: number;
  readonly externalIPs: readonly string[];
  /** Of `status.loadBalancer.ingress`, those that this proxy has to answer. */
  readonly loadBalancerIPs: readonly string[];
  /** Empty = every source. */
  readonly sourceRanges: readonly Cidr[];
  readonly sessionAffinity: Service['sessionAffinity'];
  readonly sessionAffinityTimeoutSeconds: number;
  readonly internalPolicyLocal: boolean;
  /** Only where the Service is externally accessible. */
  readonly externalPolicyLocal: boolean;
  /** 0 = none. */
  readonly healthCheckNodePort: number;
}

/**
 * The ports of a Service that are routed in a family, in the order of `spec.ports`; none where the Service is not routed
 * or has no cluster IP of the family. SCTP ports are among them.
 *
 * Source: Service `spec.ports`, `spec.clusterIPs`, `spec.ipFamilies`.
 */
export function servicePortsOf(
  service: Service,
  family: IpFamily,
  serviceProxyName: string,
): readonly ServicePortFacts[] {
  const clusterIP = service.clusterIPs[family];
  if (clusterIP === undefined || unroutedReason(service, serviceProxyName)) return [];
  return service.ports.map((spec) => describe(service, spec, family, clusterIP));
}

/**
 * The port at which a load balancer asks for the health of this node; 0 = none: only for type LoadBalancer with
 * `externalTrafficPolicy` Local.
 *
 * Source: Service `spec.healthCheckNodePort`.
 */
export function healthCheckNodePortOf(service: Service): number {
  const asked = service.type === 'LoadBalancer' && service.externalTrafficPolicy === 'Local';
  return asked ? service.healthCheckNodePort : 0;
}

/** Whether a port is reached from outside the cluster at all. */
export function isPortExternal(facts: ServicePortFacts): boolean {
  return facts.nodePort !== 0 || facts.loadBalancerIPs.length > 0 || facts.externalIPs.length > 0;
}

function describe(service: Service, spec: ServicePortSpec, family: IpFamily, clusterIP: string): ServicePortFacts {
  const ofFamily = (address: string): boolean => familyOf(address) === family;
  return {
    portName: spec.name,
    protocol: spec.protocol,
    family,
    port: spec.port,
    clusterIP,
    nodePort: spec.nodePort,
    externalIPs: service.externalIPs.filter(ofFamily),
    loadBalancerIPs: loadBalancerIPsOf(service).filter(ofFamily),
    sourceRanges: service.loadBalancerSourceRanges.filter((range) => range.family === family),
    sessionAffinity: service.sessionAffinity,
    sessionAffinityTimeoutSeconds: service.sessionAffinityTimeoutSeconds,
    internalPolicyLocal: service.internalTrafficPolicy === 'Local',
    externalPolicyLocal: service.externalTrafficPolicy === 'Local' && isExternallyAccessible(service),
    healthCheckNodePort: healthCheckNodePortOf(service),
  };
}

/** Source: Service `status.loadBalancer.ingress[].ipMode`, KEP-1860: with Proxy the load balancer itself is reached. */
function loadBalancerIPsOf(service: Service): readonly string[] {
  return [...new Set(service.loadBalancerIngress.filter(({ ipMode }) => ipMode === 'VIP').map(({ ip }) => ip))];
}

/** Source: Service `spec.externalTrafficPolicy`: it has a meaning only where outside clients come in. */
function isExternallyAccessible(service: Service): boolean {
  if (service.type === 'NodePort' || service.type === 'LoadBalancer') return true;
  return service.type === 'ClusterIP' && service.externalIPs.length > 0;
}
