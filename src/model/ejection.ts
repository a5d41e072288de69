/**
 * Ejection: an endpoint that is left out for a time, since dials to it failed.
 */

import type { Endpoint } from './endpoint.ts';
import type { ServicePort } from './route.ts';

/** `time`: its time is over; `success`: a dial succeeded; `operator`: by hand; `off`: ejection was turned off. */
export type RestoreReason = 'time' | 'success' | 'operator' | 'off';

/** Which clients an endpoint is eligible for: those under policy Cluster, or Local. */
export type EligibleSet = 'cluster' | 'local';

/** One endpoint that is ejected. `times` counts in a row from 1. */
export interface Ejection {
  readonly servicePort: ServicePort;
  readonly endpoint: Endpoint;
  /** The errno of the last failure. */
  readonly cause: string;
  readonly failures: number;
  readonly times: number;
  readonly forMs: number;
  readonly leftMs: number;
  /** Where it is used all the same: each set has a cap of its own. */
  readonly suspendedIn: readonly EligibleSet[];
}

/** More endpoints are ejected than may be left out: of `eligible` ones `ejected`, and `forced` of these are used. */
export interface Suspension {
  readonly servicePort: ServicePort;
  readonly eligible: number;
  readonly ejected: number;
  readonly forced: number;
}
