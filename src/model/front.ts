/**
 * Front: clients that name what they want (SOCKS5, HTTP CONNECT), rather than connect to an address of its own.
 */

import type { Flow } from './flow.ts';
import type { Route } from './route.ts';

/** Where a client wants to go: a port of a Service, or pods of its choice. The frontend of the route has no socket. */
export interface FrontTarget {
  readonly kind: 'service' | 'pod';
  readonly route: Route;
}

/** Why a client cannot go where it wants. `message` and `hint` are for people. */
export interface FrontRefusal {
  readonly kind: 'refused';
  readonly code: 'NOT_OURS' | 'PORT_UNKNOWN' | 'SVC_EXTERNALNAME' | 'SVC_NOT_FOUND' | 'EP_NOT_READY';
  readonly message: string;
  readonly hint?: string;
}

/**
 * One who has accepted a client, and hands its socket over to the data plane. At most one of the two is called, once; none
 * where the client went away before.
 */
export interface Adoption {
  /** A backend has accepted: what is written to the client in this call comes before the backend's first byte. */
  connected(flow: Flow): void;
  /** The flow ended without a backend. Its `end` says why; the socket is the caller's again, to be ended by it. */
  refused(flow: Flow): void;
}
