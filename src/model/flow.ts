/**
 * Flow: one client's exchange through a listener, one backend for life.
 */

import type { Endpoint } from './endpoint.ts';
import type { Route } from './route.ts';

/** How the endpoint of a flow was chosen. */
export type PickReason = 'only' | 'affinity' | 'roundrobin' | 'random' | 'leastconn';

/** Every way a flow ends, with its meaning; part of `docs/codes.md`. The first cause wins. */
export const FLOW_ENDS = {
  finished: 'both sides finished sending',
  'client-reset': 'the client reset or vanished',
  'endpoint-reset': 'the endpoint reset or vanished',
  'dial-failed': 'no endpoint accepted the connection',
  'no-endpoint': 'no endpoint was eligible for this client',
  'source-denied': 'loadBalancerSourceRanges does not allow this client',
  idle: 'nothing was sent for the idle time-out',
  'endpoint-gone': 'UDP: the endpoint no longer serves',
  'service-gone': 'UDP: the Service port is gone',
  shed: 'a limit was reached',
  drained: 'the grace period of a drain was over',
  destroyed: 'svclane stopped',
} as const;

export type FlowEndCause = keyof typeof FLOW_ENDS;

/** How and why a flow ended. `errno` is the system's code where there was one. */
export interface FlowEnd {
  readonly cause: FlowEndCause;
  readonly errno?: string;
}

/** One failed try before the endpoint that was taken. */
export interface FailedTry {
  readonly endpoint: string;
  readonly errno: string;
  readonly elapsedMs: number;
}

/** A flow as others may read it. The counters move while it lives; bytesIn is from the client. */
export interface Flow {
  /** `c-41` for TCP, `u-7` for UDP; unique in a process. */
  readonly id: string;
  readonly protocol: 'TCP' | 'UDP';
  readonly route: Route;
  readonly clientAddress: string;
  readonly clientPort: number;
  readonly openedAtMs: number;
  readonly endpoint: Endpoint | undefined;
  readonly why: PickReason | undefined;
  readonly failedTries: readonly FailedTry[];
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly end: FlowEnd | undefined;
}
