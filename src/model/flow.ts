/**
 * Flow: one client's exchange through a listener, one backend for life.
 */

import type { Endpoint } from './endpoint.ts';
import type { Route } from './route.ts';

/** How the endpoint of a flow was chosen. `inherited`: the client had it before a hand-over. */
export type PickReason = 'only' | 'affinity' | 'inherited' | 'override' | 'roundrobin' | 'random' | 'leastconn';

/** Every way a flow ends, with its meaning; part of `docs/codes.md`. The first cause wins. */
export const FLOW_ENDS = {
  finished: 'both sides finished sending',
  'client-reset': 'the client reset or vanished',
  'endpoint-reset': 'the endpoint reset or vanished',
  'dial-failed': 'no endpoint accepted the connection',
  'no-endpoint': 'no endpoint was eligible for this client',
  'wait-over': 'no endpoint came while the client was held',
  'source-denied': 'loadBalancerSourceRanges does not allow this client',
  idle: 'nothing was sent for the idle time-out',
  'endpoint-gone': 'UDP: the endpoint no longer serves',
  'service-gone': 'UDP: the Service port is gone',
  shed: 'a limit was reached',
  drained: 'the grace period of a drain was over',
  killed: 'an operator ended it',
  fault: 'a fault that was asked for ended it',
  'worker-lost': 'the worker that had it died',
  destroyed: 'svclane stopped',
} as const;

export type FlowEndCause = keyof typeof FLOW_ENDS;

/** The limits at which a flow is shed, with their settings; part of `docs/codes.md`. */
export const SHED_REASONS = {
  'max-connections': 'limits.maxConnections',
  'max-connections-per-service': 'limits.maxConnectionsPerService',
  'max-connections-per-client': 'limits.maxConnectionsPerClient',
  'max-flows': 'udp.maxFlows: the least recently active flow made room',
  'queue-full': 'onEmpty.maxQueued: too many clients wait for an endpoint',
  descriptors: 'the process, or the system, has no file descriptor left',
} as const;

export type ShedReason = keyof typeof SHED_REASONS;

/** How and why a flow ended. `errno` is the system's code where there was one, `reason` the limit of one that was shed. */
export interface FlowEnd {
  readonly cause: FlowEndCause;
  readonly errno?: string;
  readonly reason?: ShedReason;
}

/** One failed try before the endpoint that was taken. */
export interface FailedTry {
  readonly endpoint: string;
  readonly errno: string;
  readonly elapsedMs: number;
}

/** A flow as others may read it. The counters move while it lives; bytesIn is from the client. */
export interface Flow {
  /** `c-41` for TCP, `u-7` for UDP, `c-1.41` where a helper has it; unique in a process. */
  readonly id: string;
  readonly protocol: 'TCP' | 'UDP';
  readonly route: Route;
  readonly clientAddress: string;
  readonly clientPort: number;
  readonly openedAtMs: number;
  /** Where it ended before it is told of; absent = it has just ended, or lives. */
  readonly endedAtMs?: number | undefined;
  readonly endpoint: Endpoint | undefined;
  readonly why: PickReason | undefined;
  readonly failedTries: readonly FailedTry[];
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** TCP: how long the try to connect took that succeeded; absent = none did. */
  readonly connectMs?: number | undefined;
  /** UDP: how many datagrams `bytesIn` and `bytesOut` came in. */
  readonly datagramsIn?: number | undefined;
  readonly datagramsOut?: number | undefined;
  /** Of the PROXY protocol, sent to the endpoint ahead of what `bytesIn` counts; absent = 0. */
  readonly headerBytes?: number;
  readonly end: FlowEnd | undefined;
  /** Where an override sent it, as that was written: `localhost:3000`; absent = nowhere. */
  readonly override?: string | undefined;
  /** The fault that it began under: `latency 300ms, reset 2%`; absent = none. */
  readonly fault?: string | undefined;
}
