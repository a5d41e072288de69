/**
 * Overrides and faults of one process, taken up by its successor for what is left of their time.
 *
 * An override is handed on by what was written, and read again: what its target means is for the version that serves it.
 */

import type { Interventions } from '../balancing/interventions.ts';
import { parseOverride } from '../config/override-notation.ts';
import type { Protocol } from '../model/address.ts';
import type { Fault } from '../model/fault.ts';
import type { InterventionTarget } from '../model/intervention.ts';
import { formatMatch, type Override } from '../model/override.ts';
import type { FaultRow, InterventionRows, OverrideRow } from '../model/soft-state.ts';

/** What is in force. */
export function interventionRows({ overrides, faults }: Interventions): InterventionRows {
  return {
    overrides: overrides.left().map(({ value, ageMs, leftMs }) => {
      const { target, fallback } = value;
      return { ...namesOf(value), target, match: formatMatch(value), fallback, ageMs, leftMs };
    }),
    faults: faults.left().map(({ value, ageMs, leftMs }) => ({ ...value, ...namesOf(value), ageMs, leftMs })),
  };
}

/** Puts in force what a predecessor had. A row that this version cannot read is left out. */
export function inheritInterventions({ overrides, faults }: Interventions, rows: InterventionRows): void {
  for (const row of rows.overrides) {
    const override = overrideOf(row);
    if (override) overrides.set(override, row.leftMs, row.ageMs);
  }
  for (const row of rows.faults) faults.set(faultOf(row), row.leftMs, row.ageMs);
}

function namesOf({ namespace, service, port, protocol }: InterventionTarget): Omit<InterventionTarget, 'protocol'> & {
  readonly protocol: string;
} {
  return { namespace, service, port, protocol: protocol ?? '' };
}

function overrideOf({
  namespace,
  service,
  port,
  protocol,
  target,
  match,
  fallback,
}: OverrideRow): Override | undefined {
  const texts = { namespace, service, target, fallback, ttl: ANY_TTL, ...(match !== '' && { match }) };
  const parsed = parseOverride(texts);
  return 'override' in parsed ? { ...parsed.override, port, protocol: protocolOf(protocol) } : undefined;
}

/** What is left may be less than anybody may ask for. */
const ANY_TTL = '1h';

function faultOf({ ageMs: _age, leftMs: _left, protocol, ...fault }: FaultRow): Fault {
  return { ...fault, protocol: protocolOf(protocol) };
}

function protocolOf(text: string): Protocol | undefined {
  return text === 'TCP' || text === 'UDP' ? text : undefined;
}
