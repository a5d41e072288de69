/**
 * The routing table: what the control plane hands to the data plane.
 *
 *   RoutingTable ── services: "ns/name" ──▶ ServiceRoutes ── ports ──▶ ServicePort ── endpoints, cluster, local
 *        └───────── routes: frontend key ─▶ Route ── frontend + servicePort (the same objects)
 *
 * Immutable throughout. What did not change from one generation to the next is the same object, so identity tells.
 */

import type { PersistentMap } from '../lib/persistent-map.ts';
import type { Cidr, IpFamily, Protocol } from './address.ts';
import type { Endpoint } from './endpoint.ts';
import type { EndpointSlice } from './endpoint-slice.ts';
import type { Algorithm, Service, ServiceAnnotations } from './service.ts';

export type FrontendKind = 'clusterIP' | 'nodePort' | 'externalIP' | 'loadBalancerIP' | 'local';

/** An address at which a ServicePort is reached. */
export interface Frontend {
  /** `10.96.0.10:53/UDP`, `[fd96::a]:53/TCP`: unique in a table. */
  readonly key: string;
  readonly kind: FrontendKind;
  readonly address: string;
  readonly port: number;
  readonly protocol: Protocol;
  readonly family: IpFamily;
}

/**
 * One port of a Service in one family, with the endpoints that are eligible for it. What the Service's annotations ask
 * for is part of it; one that is absent leaves it to the configuration.
 */
export interface ServicePort extends Omit<ServiceAnnotations, 'algorithm'> {
  /**
   * `shop/web:http/TCP/IPv4`: the key of everything that is kept per ServicePort. A lane that must differ from it, for
   * it knows no traffic policy, has its own with `/lane` at the end.
   */
  readonly key: string;
  readonly namespace: string;
  readonly service: string;
  /** "" = unnamed. */
  readonly portName: string;
  readonly protocol: Protocol;
  readonly family: IpFamily;
  readonly port: number;
  /** 0 = none. */
  readonly nodePort: number;
  /** From the Service's annotation; `undefined` = what the configuration says. */
  readonly algorithm: Algorithm | undefined;
  readonly sessionAffinity: 'None' | 'ClientIP';
  readonly sessionAffinityTimeoutSeconds: number;
  readonly internalPolicyLocal: boolean;
  /** Only where the Service is externally accessible. */
  readonly externalPolicyLocal: boolean;
  /**
   * Of this family; empty = every source may use the load-balancer IPs. Where a range contains an address of this node,
   * the load-balancer IPs themselves are in it too: a node that has them bound uses them as its source.
   */
  readonly sourceRanges: readonly Cidr[];
  /** Every endpoint, whatever its conditions, sorted by key. */
  readonly endpoints: readonly Endpoint[];
  /** Eligible under policy Cluster; `undefined` = this class is not used by the Service. */
  readonly clusterEndpoints: readonly Endpoint[] | undefined;
  /** Eligible under policy Local; `undefined` = this class is not used by the Service. */
  readonly localEndpoints: readonly Endpoint[] | undefined;
  /** Some endpoint exists somewhere that could serve: `reject` without, `drop` with, where the set in use is empty. */
  readonly hasAnyEndpoints: boolean;
  /** How topology hints were used, and the safeguard that stopped them where they were not. */
  readonly topology: TopologyVerdict;
}

/** `node` and `zone`: hints filter the cluster set; `none`: they do not, for the reason given. */
export interface TopologyVerdict {
  readonly mode: 'node' | 'zone' | 'none';
  readonly reason:
    | 'HINTS_USED'
    | 'HINTS_ABSENT'
    | 'HINTS_INCOMPLETE'
    | 'HINTS_NO_ZONE_LABEL'
    | 'HINTS_NONE_FOR_ZONE'
    | 'HINTS_NO_READY_ENDPOINT';
}

/** A frontend and the ServicePort behind it. `listens` = some client has an eligible endpoint: a socket is wanted. */
export interface Route {
  readonly frontend: Frontend;
  readonly servicePort: ServicePort;
  readonly listens: boolean;
}

/** Why a Service is not routed; the meanings are in `docs/codes.md`. */
export type UnroutedReason = 'SVC_EXTERNALNAME' | 'SVC_OTHER_PROXY' | 'SVC_HEADLESS' | 'SVC_NO_CLUSTER_IP';

/** Everything that one Service contributes. Rebuilt whole when the Service or one of its slices changes. */
export interface ServiceRoutes {
  /** `namespace/name`. */
  readonly key: string;
  readonly service: Service;
  /** Why the Service has no frontends of its own (lanes may lead to it all the same); absent where it is routed. */
  readonly unrouted?: UnroutedReason;
  /** Sorted by name. */
  readonly slices: readonly EndpointSlice[];
  readonly ports: readonly ServicePort[];
  /** What this Service claims; a frontend that an older Service owns is in `conflicts` instead. */
  readonly routes: readonly Route[];
  readonly conflicts: readonly FrontendConflict[];
  /** Ready local endpoint IPs, distinct, over all ports, for each family: the weight of healthCheckNodePort. */
  readonly localReadyIPs: readonly string[];
}

/** A frontend that two Services claim; the older Service (then the smaller key) owns it. */
export interface FrontendConflict {
  readonly frontend: Frontend;
  readonly owner: string;
}

/** One generation of the whole. */
export interface RoutingTable {
  /** 0 = the empty table before the first sync; grows by one with each table. */
  readonly generation: number;
  readonly node: NodeContext;
  readonly services: PersistentMap<ServiceRoutes>;
  /** The owner of each frontend. */
  readonly routes: PersistentMap<Route>;
  /** Frontend key → keys of the Services that claim it, the owner first. Only frontends that two or more claim. */
  readonly contested: PersistentMap<readonly string[]>;
}

/** What the table needs to know of where it runs. A change of it rebuilds every Service. */
export interface NodeContext {
  /** "" = on no node: nothing is local. */
  readonly nodeName: string;
  /** "" = none. */
  readonly zone: string;
  /** Every address of this machine, canonical: clients from these are the node itself. */
  readonly nodeIPs: readonly string[];
  /** Where node ports are reached, after nodePortAddresses; empty = nowhere. */
  readonly nodePortIPs: readonly string[];
  /** Clients from these are pods. Empty = pods cannot be told from outside clients. */
  readonly podCIDRs: readonly Cidr[];
  /** Where cluster IPs are allocated from; absent = unknown. An address of these that no Service has is dropped. */
  readonly serviceCIDRs?: readonly Cidr[];
  /** Whether `hints.forNodes` counts: the feature gate PreferSameTrafficDistribution. Absent = it does. */
  readonly nodeHints?: boolean;
  readonly frontends: FrontendSelection;
  readonly lanes: readonly LaneTarget[];
  /** Where each Service has a local address of its own; absent = none has. Another object = other addresses. */
  readonly hosts?: HostLanes;
}

/** Local addresses of Services: each is a lane to every port of its Service, at the port's own number. */
export interface HostLanes {
  /** By `namespace/name`; `undefined` = the Service has none. */
  addressOf(serviceKey: string): string | undefined;
  /** Whether UDP ports get lanes too: where the transport carries no datagrams they do not. */
  readonly udp: boolean;
}

/** Which kinds of frontend are wanted at all. */
export interface FrontendSelection {
  readonly clusterIP: boolean;
  readonly nodePorts: boolean;
  readonly externalIPs: boolean;
  readonly loadBalancerIPs: boolean;
}

/** A lane: one Service port at a chosen local address. `port` is a port name or number of the Service. */
export interface LaneTarget {
  readonly namespace: string;
  readonly service: string;
  readonly port: string | number;
  readonly protocol: Protocol;
  readonly address: string;
  /** 0 = any free port, chosen when it is bound. */
  readonly localPort: number;
}

/** What has to happen to the listeners when one table follows another. */
export interface TableDiff {
  readonly added: readonly Route[];
  readonly removed: readonly Route[];
  /** Same frontend, another ServicePort object: retarget, the socket stays unless `listens` changed. */
  readonly changed: readonly { readonly before: Route; readonly after: Route }[];
  /** Keys of the Services that differ. */
  readonly services: readonly string[];
}
