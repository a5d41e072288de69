/**
 * EndpointSlice, decoded to what routing needs.
 */

import type { IpFamily, Protocol } from './address.ts';
import type { Problem } from './problem.ts';

/** An EndpointSlice. `serviceName` is the label `kubernetes.io/service-name`; "" = no owner, the slice is ignored. */
export interface EndpointSlice {
  readonly kind: 'EndpointSlice';
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  readonly serviceName: string;
  readonly serviceProxyName: string | undefined;
  readonly headlessLabel: boolean;
  readonly addressType: IpFamily | 'FQDN';
  readonly ports: readonly SlicePort[];
  readonly endpoints: readonly SliceEndpoint[];
  /** `endpoints.kubernetes.io/last-change-trigger-time` in ms since the epoch; `undefined` = absent or unparsable. */
  readonly triggerTimeMs: number | undefined;
  readonly problems: readonly Problem[];
}

/** One entry of `ports`. `name` or `port` `undefined` = nil in the API: the port is not routed. */
export interface SlicePort {
  readonly index: number;
  readonly name: string | undefined;
  readonly protocol: Protocol;
  readonly port: number | undefined;
}

/** One entry of `endpoints` that has an address. The conditions have kube-proxy's nil rules applied. */
export interface SliceEndpoint {
  readonly index: number;
  /** `addresses[0]`, canonical. */
  readonly address: string;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  /** "" = unknown. */
  readonly nodeName: string;
  readonly zone: string;
  /** Empty = no hint. */
  readonly hintZones: readonly string[];
  readonly hintNodes: readonly string[];
  /** `targetRef.name` where the target is a Pod, else "". */
  readonly podName: string;
  /** The DNS name of the endpoint below that of its Service; "" = none was asked for. */
  readonly hostname: string;
}
