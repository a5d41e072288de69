/**
 * The resolved configuration: what every part of svclane reads. Made by `resolveConfig`, frozen, complete.
 */

import type { Cidr, Protocol } from '../model/address.ts';
import type { Algorithm, ProxyProtocol, UdpBalance } from '../model/service.ts';
import type { AdminToken } from './admin-token.ts';

export interface Config {
  readonly mode: 'dev' | 'node';
  /** Where objects come from: the cluster, or manifests at `path`. */
  readonly source: { readonly type: 'kubernetes' } | { readonly type: 'manifests'; readonly path: string };
  /** "" = the rules of `KUBECONFIG`, then `~/.kube/config`, then in-cluster. */
  readonly clientConnection: { readonly kubeconfig: string; readonly context: string };
  /** "" = on no node (mode dev). Lower case. */
  readonly nodeName: string;
  /** "" = Services without the label `service.kubernetes.io/service-proxy-name`. */
  readonly serviceProxyName: string;
  /** Empty = all namespaces. */
  readonly scope: { readonly namespaces: readonly string[] };
  /** Clients from these ranges are pods. Empty = the own Node's podCIDRs. */
  readonly clusterCIDR: readonly Cidr[];
  readonly frontends: {
    readonly clusterIP: boolean;
    readonly nodePorts: boolean;
    readonly externalIPs: boolean;
    readonly loadBalancerIPs: boolean;
    /** CIDRs as text, or the single word `primary`; empty = every local address. */
    readonly nodePortAddresses: readonly string[];
  };
  /** How pods are reached; `auto` finds out whether the pod network can be reached from here. */
  readonly transport: 'auto' | 'direct' | 'apiserver';
  readonly host: { readonly capture: 'auto' | 'nftables' | 'routes' | 'none' };
  /** Event loops that serve; 1 = the main thread alone. */
  readonly workers: number;
  readonly defaults: {
    readonly algorithm: Algorithm;
    /** `timeoutMs` bounds all tries together. */
    readonly connect: { readonly timeoutMs: number; readonly tries: number; readonly perTryTimeoutMs: number };
    /** What a client gets while no endpoint is there. `hold`: it waits up to `maxWaitMs`. */
    readonly onEmpty: { readonly action: 'refuse' | 'hold'; readonly maxWaitMs: number; readonly maxQueued: number };
    /** `consecutiveFailures` 0 = nothing is ever ejected. */
    readonly ejection: {
      readonly consecutiveFailures: number;
      readonly baseMs: number;
      readonly maxMs: number;
      readonly maxPercent: number;
    };
    readonly proxyProtocol: ProxyProtocol;
    readonly drain: { readonly graceMs: number };
    readonly udp: { readonly balance: UdpBalance; readonly idleTimeoutMs: number; readonly maxFlows: number };
    /** 0 = no limit but for `maxConnections`; `idleTimeoutMs` 0 = never. */
    readonly limits: {
      readonly maxConnections: number;
      readonly maxConnectionsPerService: number;
      readonly maxConnectionsPerClient: number;
      readonly idleTimeoutMs: number;
    };
  };
  /** Overrides by Service; the first that matches wins. "" matches everything. */
  readonly services: readonly ServiceOverride[];
  readonly lanes: readonly Lane[];
  /** `address:port`; "" = off. */
  readonly health: { readonly bindAddress: string };
  readonly metrics: {
    readonly bindAddress: string;
    /** Whether there are series for each endpoint. */
    readonly endpointLabels: boolean;
    /** Of all metrics together that have labels of a Service. */
    readonly maxSeries: number;
  };
  readonly admin: {
    /** `unix:/path` or `http://127.0.0.1:port`; "" = off. */
    readonly listen: string;
    /** The file of the token that changes need; `undefined` = there is none, and nothing can be changed. */
    readonly token: AdminToken | undefined;
    readonly allowMutations: boolean;
    /** Whether overrides and faults can be set. */
    readonly allowInterventions: boolean;
    readonly ui: boolean;
  };
  /** What is kept of the past; `file` "" = only in memory. */
  readonly history: { readonly maxRevisions: number; readonly maxAgeMs: number; readonly file: string };
  readonly logging: {
    readonly format: 'auto' | 'json' | 'text' | 'journal';
    readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error';
    readonly accessLog: 'off' | 'errors' | 'all';
  };
}

/** What differs for the Services that match; what is absent is as without the override. */
export interface ServiceOverride {
  readonly match: { readonly namespace: string; readonly name: string };
  readonly algorithm?: Algorithm;
  readonly connect?: Partial<Config['defaults']['connect']>;
  readonly onEmpty?: Partial<Config['defaults']['onEmpty']>;
  readonly proxyProtocol?: ProxyProtocol;
  readonly udp?: { readonly balance?: UdpBalance };
}

/** One Service port at a local address. `localPort` 0 = any free port. */
export interface Lane {
  readonly namespace: string;
  readonly service: string;
  readonly port: string | number;
  readonly protocol: Protocol;
  readonly address: string;
  readonly localPort: number;
}
