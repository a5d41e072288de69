/**
 * What the admin API reads: values only, taken at the moment of the request. The daemon implements it.
 */

import type { EligibleSet } from '../model/ejection.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { Flow } from '../model/flow.ts';
import type { Frontend, Route, RoutingTable, ServicePort } from '../model/route.ts';
import type { SourceStatus } from '../model/source.ts';
import type { AVOIDANCE_CODES } from '../routing/codes.ts';
import type { History } from '../routing/history.ts';
import type { EventBook } from './event-book.ts';
import type { InterventionView } from './intervention-view.ts';

/** What became of one frontend's socket. */
export interface ListenerState {
  /** `idle` = no socket, since no client has an eligible endpoint. */
  readonly state: 'listening' | 'idle' | 'failed';
  /** Where it is bound; `undefined` while it is not. */
  readonly bound: { readonly address: string; readonly port: number } | undefined;
  /** Why it failed: a code (`EADDRINUSE`) and a line for people; `undefined` in the other states. */
  readonly failure: { readonly code: string; readonly message: string } | undefined;
}

/** When something last changed: the generation of the table, and ms since the epoch. */
export interface LastChange {
  readonly generation: number;
  readonly atMs: number;
}

/** What became of a reload: the keys that changed. The configuration in force is the new one but for `needsRestart`. */
export interface ReloadOutcome {
  readonly reloadable: readonly string[];
  readonly needsRestart: readonly string[];
}

/** What became of a try to connect. `error` is an errno; `undefined` = it was accepted. */
export interface ProbeOutcome {
  readonly elapsedMs: number;
  readonly error: string | undefined;
}

/** A code and a line for people, as `decide` gives them. */
interface RouteReason {
  readonly code: string;
  readonly message: string;
}

/** One endpoint of one Service port that is ejected, ejected but used all the same, or in quarantine. */
export interface EndpointExclusion {
  readonly servicePort: ServicePort;
  readonly endpoint: Endpoint;
  /** `EJECTION_SUSPENDED` where some clients are sent there all the same. */
  readonly code: keyof typeof AVOIDANCE_CODES;
  /** Which these clients are, by the set of endpoints that they use. */
  readonly suspendedIn?: readonly EligibleSet[];
  /** The errno of the last failure; "" = quarantine. */
  readonly cause: string;
  /** Failures in a row, and ejections in a row. */
  readonly failures: number;
  readonly times: number;
  /** Until it is restored; `undefined` = not by itself. */
  readonly leftMs: number | undefined;
}

export interface AdminView {
  readonly version: string;
  readonly mode: 'dev' | 'node';
  readonly startedAtMs: number;
  /** ms since the epoch. */
  now(): number;
  /** The configuration in force, ready for JSON; without secrets. */
  config(): Readonly<Record<string, unknown>>;
  /** The table in force. */
  table(): RoutingTable;
  /** The tables of the past; the one in force is the newest of them. */
  readonly history: History;
  /** The proxy name whose Services are ours; "" = those without the label. */
  readonly serviceProxyName: string;
  /** What happened lately, for the event stream. */
  readonly events: EventBook;
  /** `undefined` = the frontend is not known to the data plane yet: it counts as idle. */
  listener(frontend: Frontend): ListenerState | undefined;
  /** Why a route has no socket; `undefined` where there is nothing to say. Asked for idle routes only. */
  idleReason(route: Route): RouteReason | undefined;
  /** Live flows through a frontend. */
  flows(frontend: Frontend): number;
  /** Every live flow. */
  liveFlows(): Promise<Iterable<Flow>>;
  /** When the routes of a Service last changed; `undefined` = not known. */
  lastChange(serviceKey: string): LastChange | undefined;
  /** The algorithm in force for the route. */
  algorithm(route: Route): string;
  /** Endpoints that get no new flows, or would not but for the cap, by svclane's own doing or an operator's. */
  exclusions(): Iterable<EndpointExclusion>;
  /** Overrides and faults; `undefined` = none ever, or not at that moment of the past. */
  readonly interventions?: InterventionView | undefined;
  /** Gives an endpoint no new flows; live ones go on. `false` = the data plane has no such endpoint. */
  drainEndpoint(servicePort: ServicePort, endpoint: Endpoint): Promise<boolean>;
  /** Lifts what `drainEndpoint` or failed dials have put on it. `false` = there was nothing. */
  restoreEndpoint(servicePort: ServicePort, endpoint: Endpoint): Promise<boolean>;
  /** Ends a live flow. `false` = none has this id. */
  endFlow(id: string): Promise<boolean>;
  /** Connects to a TCP endpoint as the data path would, and hangs up. Many at once wait for one another. */
  probe(endpoint: Endpoint, timeoutMs: number): Promise<ProbeOutcome>;
  /**
   * Reads the configuration again. Throws `SVL_CONFIG_…` where it is wrong; then the old one stays. `undefined` = there is
   * nothing to read.
   */
  readonly reload: (() => Promise<ReloadOutcome>) | undefined;
  source(): SourceStatus;
  /** One line that says how Service addresses are captured, `nftables: …`. */
  capture(): string;
}
