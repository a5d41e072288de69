/**
 * The memory of ejection: endpoints that failed, by ServicePort.
 */

import type { Timer } from '../lib/clock.ts';
import type { EligibleSet } from '../model/ejection.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { ServicePort } from '../model/route.ts';

/** An endpoint that failed. Ejected while it has a timer. */
export interface Suspect {
  endpoint: Endpoint;
  cause: string;
  failures: number;
  times: number;
  forMs: number;
  untilMs: number;
  timer: Timer | undefined;
  suspendedIn: readonly EligibleSet[];
}

/** A ServicePort of which some endpoint failed. `avoided`: who is left out of which set of eligible endpoints. */
export interface PortState {
  servicePort: ServicePort;
  readonly suspects: Map<string, Suspect>;
  readonly avoided: Map<readonly Endpoint[], ReadonlySet<string>>;
  isSuspended: boolean;
}

/** What is known of an endpoint; of one that has not failed yet, that. */
export function suspectOf({ suspects }: PortState, endpoint: Endpoint): Suspect {
  const known = suspects.get(endpoint.key);
  if (known) return known;
  const fresh = { endpoint, cause: '', failures: 0, times: 0, forMs: 0, untilMs: 0 };
  const suspect: Suspect = { ...fresh, timer: undefined, suspendedIn: [] };
  suspects.set(endpoint.key, suspect);
  return suspect;
}

/** The endpoint is as good as any; its time ends. */
export function forget({ suspects }: PortState, endpointKey: string): void {
  suspects.get(endpointKey)?.timer?.cancel();
  suspects.delete(endpointKey);
}
