/**
 * What is asked of routing, and what it answers.
 */

import type { IpFamily, Protocol } from '../model/address.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { Frontend, Route, ServicePort, ServiceRoutes } from '../model/route.ts';
import type { ClientClass } from './client-class.ts';
import type { DecisionCode, Exclusion, ExclusionCode } from './codes.ts';

/** `reject` = refused at once; `drop` = no answer; `ignore` = not ours. */
type Action = 'forward' | 'reject' | 'drop' | 'ignore';

/** The verdict. `endpoints` is empty but for `forward`; one of them is to be picked. */
export interface RouteDecision {
  readonly action: Action;
  readonly reason: DecisionCode | ExclusionCode;
  readonly endpoints: readonly Endpoint[];
}

/** A client at an address: what the kernel would see. Addresses are canonical. */
export interface DestinationQuery {
  readonly destinationAddress: string;
  readonly destinationPort: number;
  readonly protocol: Protocol;
  /** Absent = some pod: every source range lets it in. */
  readonly sourceAddress?: string;
  /** Default: by the source address. */
  readonly clientClass?: ClientClass;
}

/** A client of a Service: what a person asks. */
export interface ServiceQuery {
  readonly namespace: string;
  readonly service: string;
  /** A port name or number; absent = the first port. */
  readonly port?: string | number;
  /** Absent = whichever the port has. */
  readonly protocol?: Protocol;
  /** Absent = that of the source address where the Service has it, else the first family of the Service. */
  readonly family?: IpFamily;
  /** The kind of address that the client uses; absent = the cluster IP, else whichever there is. */
  readonly kind?: Frontend['kind'];
  /** Canonical. Absent = some pod: every source range lets it in. */
  readonly sourceAddress?: string;
  readonly clientClass?: ClientClass;
}

export type DecisionQuery = DestinationQuery | ServiceQuery;

/** One step of the pipeline: what it kept, what it left out. */
export interface TraceStep {
  readonly name: 'service' | 'port' | 'family' | 'slices' | 'conditions' | 'policy' | 'hints';
  /** One line for people, in the words of the API. */
  readonly detail: string;
  /** Names of slices, keys of endpoints. */
  readonly in: readonly string[];
  readonly out: readonly Exclusion[];
}

/** What was decided, of whom, and (with tracing) how. */
export interface Decision extends RouteDecision {
  readonly clientClass: ClientClass;
  /** The route, or one made for a Service that has no frontend here: it is decided as if it had its cluster IP. */
  readonly route: Route | undefined;
  readonly service: ServiceRoutes | undefined;
  /** In the order of the pipeline, up to the step that ended it. Absent without tracing. */
  readonly trace?: readonly TraceStep[];
}

/** What a query means: as far as it led, and the verdict where it ended early. */
export interface Located {
  readonly service: ServiceRoutes | undefined;
  readonly servicePort: ServicePort | undefined;
  readonly route: Route | undefined;
  readonly verdict: RouteDecision | undefined;
  /** The steps service, port and family. */
  readonly steps: readonly TraceStep[];
}
