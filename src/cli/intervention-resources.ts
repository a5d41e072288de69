/**
 * Overrides and faults as `get` prints them, and how the rows of others tell of them.
 */

import { FAULT_LIST } from '../admin/fault-routes.ts';
import type { InterventionNote } from '../admin/intervention-rows.ts';
import { OVERRIDE_LIST } from '../admin/override-routes.ts';
import { formatMoment } from './moment.ts';
import { formatAge } from './print-table.ts';
import { defineResource, type Resource } from './resource.ts';

export const INTERVENTION_RESOURCES: readonly Resource[] = [
  defineResource({
    name: 'overrides',
    path: '/v1/overrides',
    schema: OVERRIDE_LIST,
    headers: ['NAMESPACE', 'SERVICE', 'PORT', 'TARGET', 'MATCH', 'FALLBACK', 'LEFT'],
    cells: ({ namespace, service, port, target, match, fallback, remainingSeconds }) => [
      namespace,
      service,
      port || '<all>',
      target,
      match || '<all>',
      fallback,
      formatAge(remainingSeconds),
    ],
    wideHeaders: ['UNTIL', 'FRONTENDS'],
    wideCells: ({ until, frontends }) => [until, String(frontends)],
    nameOf: ({ service, port }) => `svc/${service}${port === '' ? '' : `:${port}`}`,
    isOfService: false,
  }),
  defineResource({
    name: 'faults',
    path: '/v1/faults',
    schema: FAULT_LIST,
    headers: ['NAMESPACE', 'SERVICE', 'PORT', 'FAULT', 'LEFT'],
    cells: ({ namespace, service, port, fault, remainingSeconds }) => [
      namespace,
      service,
      port || '<all>',
      fault,
      formatAge(remainingSeconds),
    ],
    wideHeaders: ['UNTIL', 'FRONTENDS'],
    wideCells: ({ until, frontends }) => [until, String(frontends)],
    nameOf: ({ service, port }) => `svc/${service}${port === '' ? '' : `:${port}`}`,
    isOfService: false,
  }),
];

/** `override localhost:3000 until 15:04:10; fault latency 300ms until 14:12:07`. */
export function formatNotes(notes: readonly InterventionNote[], nowMs: number): string {
  return notes.map(({ kind, text, until }) => `${kind} ${text} until ${formatMoment(until, nowMs)}`).join('; ');
}
