/**
 * Service, decoded to what routing needs.
 */

import type { Cidr, IpFamily, Protocol } from './address.ts';
import type { Problem } from './problem.ts';

export type TrafficPolicy = 'Cluster' | 'Local';
export type ServiceType = 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
export type Algorithm = 'roundrobin' | 'random' | 'leastconn';
export const ALGORITHMS: readonly Algorithm[] = ['roundrobin', 'random', 'leastconn'];
/** Which header a backend gets before the first byte of a client: none, or the PROXY protocol's text or binary one. */
export type ProxyProtocol = 'off' | 'v1' | 'v2';
export const PROXY_PROTOCOLS: readonly ProxyProtocol[] = ['off', 'v1', 'v2'];
/** What is balanced over UDP: a client until it is idle, or each of its datagrams. */
export type UdpBalance = 'session' | 'datagram';
export const UDP_BALANCES: readonly UdpBalance[] = ['session', 'datagram'];

/** A Service. Addresses are canonical. Everything that was wrong is in `problems` and absent here. */
export interface Service {
  readonly kind: 'Service';
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
  readonly type: ServiceType;
  /** The value of the label `service.kubernetes.io/service-proxy-name`; `undefined` where the label is absent. */
  readonly serviceProxyName: string | undefined;
  /** The label `service.kubernetes.io/headless` is present, whatever its value. */
  readonly headlessLabel: boolean;
  /** `spec.clusterIP` is `None`. */
  readonly headless: boolean;
  readonly externalName: string;
  /** `spec.ipFamilies`, the primary first; where absent, the family of the cluster IP, or both. */
  readonly ipFamilies: readonly IpFamily[];
  /** The cluster IP of each family; a family without one is absent. */
  readonly clusterIPs: Readonly<Partial<Record<IpFamily, string>>>;
  readonly ports: readonly ServicePortSpec[];
  readonly externalIPs: readonly string[];
  readonly loadBalancerIngress: readonly LoadBalancerIngress[];
  readonly loadBalancerSourceRanges: readonly Cidr[];
  readonly sessionAffinity: 'None' | 'ClientIP';
  /** 0 where the affinity is None; Kubernetes' default is 10800. */
  readonly sessionAffinityTimeoutSeconds: number;
  readonly internalTrafficPolicy: TrafficPolicy;
  readonly externalTrafficPolicy: TrafficPolicy;
  /** 0 = none. */
  readonly healthCheckNodePort: number;
  readonly annotations: ServiceAnnotations;
  readonly problems: readonly Problem[];
}

/** One entry of `spec.ports`. `nodePort` 0 = none. `index` is its place in `spec.ports`, for field paths. */
export interface ServicePortSpec {
  readonly index: number;
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly nodePort: number;
  /** As written, for display only; the slice's numeric port is what counts. */
  readonly targetPort: string;
}

export interface LoadBalancerIngress {
  readonly ip: string;
  readonly ipMode: 'VIP' | 'Proxy';
}

/** The annotations `svclane.dev/…` of a Service; one that is absent or out of bounds is absent here. */
export interface ServiceAnnotations {
  readonly algorithm?: Algorithm;
  /** All tries to connect together. */
  readonly connectTimeoutMs?: number;
  readonly proxyProtocol?: ProxyProtocol;
  readonly udpBalance?: UdpBalance;
}

/** `namespace/name`: the key of a Service, and of its slices' owner. */
export function serviceKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}
