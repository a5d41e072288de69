/**
 * Override: for a time, clients of a Service go to an address of a person's own choice first.
 */

import { type Cidr, formatHostPort } from './address.ts';
import type { Endpoint } from './endpoint.ts';
import type { InterventionTarget } from './intervention.ts';

/** What follows where the address refuses: the endpoints of the Service, or the end of the flow. */
export const FALLBACKS = ['cluster', 'fail'] as const;

export type Fallback = (typeof FALLBACKS)[number];

/** One override. Its flows are those that `percent` and `sources` choose, both together. */
export interface Override extends InterventionTarget {
  /** As it was written: `localhost:3000`, `127.0.0.1:3000`. */
  readonly target: string;
  /** What `target` means, tried in this order: `localhost` is two addresses. Never empty. */
  readonly endpoints: readonly Endpoint[];
  /** Of the flows from `sources`: above 0, up to 100 = all. */
  readonly percent: number;
  /** Clients from these ranges; empty = every client. */
  readonly sources: readonly Cidr[];
  readonly fallback: Fallback;
}

/** The endpoint that an address of an override is: of no slice, no pod, no node. */
export function localEndpoint(address: string, port: number): Endpoint {
  return {
    key: formatHostPort(address, port),
    address,
    port,
    ready: true,
    serving: true,
    terminating: false,
    isLocal: true,
    nodeName: '',
    zone: '',
    namespace: '',
    podName: '',
    hintZones: [],
    hintNodes: [],
    sliceName: '',
    sliceIndex: -1,
  };
}

/** Which clients an override is for, as it is written: `20%`, `src=10.0.0.0/8`, both with a comma; "" = all of them. */
export function formatMatch({ percent, sources }: Pick<Override, 'percent' | 'sources'>): string {
  return [...(percent === 100 ? [] : [`${percent}%`]), ...sources.map(({ text }) => `src=${text}`)].join(',');
}
