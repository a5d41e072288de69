/**
 * Checks of what svclane itself or an operator does to a Service at the moment: the API says nothing of it.
 */

import type { Static } from 'typebox';
import type { EJECTION_LIST } from '../../admin/ejection-rows.ts';
import type { FaultRow } from '../../admin/fault-routes.ts';
import type { OverrideRow } from '../../admin/override-routes.ts';
import type { Finding } from './finding.ts';

/** What a daemon tells of one Service. */
export interface DoingsFact {
  readonly ejections: Static<typeof EJECTION_LIST>['items'];
  readonly overrides: readonly OverrideRow[];
  readonly faults: readonly FaultRow[];
}

/** A warning for each, with the command that ends it; nothing where nothing is done. */
export function checkDoings({ ejections, overrides, faults }: DoingsFact): readonly Finding[] {
  return [
    ...ejections.map(({ endpoint, pod, code, cause, namespace, service }) => {
      const who = pod === '' ? endpoint : `${endpoint} (${pod})`;
      const gets = code === 'EJECTION_SUSPENDED' ? 'is used for want of others' : 'gets no new flows';
      const why = cause === '' ? code : `${code}, ${cause}`;
      return warning(`${who} ${gets}: ${why}`, `svclane restore ${endpoint} svc/${service} -n ${namespace}`);
    }),
    ...overrides.map((row) => {
      const share = row.match === '' ? '' : ` for ${row.match}`;
      return warning(
        `an override sends clients to ${row.target} first${share}`,
        `svclane override --delete ${of(row)}`,
      );
    }),
    ...faults.map((row) => warning(`a fault is in force: ${row.fault}`, `svclane fault --delete ${of(row)}`)),
  ];
}

/** The Service, or the port of it, that an intervention is for. */
function of({ namespace, service, port }: OverrideRow | FaultRow): string {
  return `svc/${service}${port === '' ? '' : `:${port}`} -n ${namespace}`;
}

function warning(message: string, next: string): Finding {
  return { check: 'doings', state: 'warn', message, next };
}
