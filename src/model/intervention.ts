/**
 * Interventions: what a person does to the flows of a Service for a time, overrides and faults alike.
 */

import type { Protocol } from './address.ts';

/** Whose flows are meant. */
export interface InterventionTarget {
  readonly namespace: string;
  readonly service: string;
  /** Name or number of one port of the Service; "" = every port. */
  readonly port: string;
  /** Of that port; `undefined` = whichever it has. */
  readonly protocol: Protocol | undefined;
}

/** Why an intervention is over: its time, a person's word, or another in its place. */
export type InterventionEnd = 'time' | 'operator' | 'replaced';

/** `shop/web`, `shop/web:http`, `shop/dns:53/udp`: the key of an intervention, and how it is named. */
export function interventionKey({ namespace, service, port, protocol }: InterventionTarget): string {
  const of = port === '' ? '' : `:${port}`;
  return `${namespace}/${service}${of}${protocol === undefined ? '' : `/${protocol.toLowerCase()}`}`;
}
