/**
 * What is handed on, as messages: each small enough that the event loop does not wait for it.
 */

import type { HandedOn } from '../model/soft-state.ts';
import type { InterventionsMessage, LentMessage, StateMessage } from './hand-over-messages.ts';

const ROWS_AT_ONCE = 2_000;

/** At least one; the last one says so. */
export function* stateMessages({
  affinity,
  suspects,
  quarantine,
  udpFlows,
  overrides,
  faults,
  lent,
}: HandedOn): IterableIterator<StateMessage | InterventionsMessage | LentMessage> {
  yield { type: 'interventions', overrides, faults };
  for (const names of parts(lent)) yield { type: 'lent', sockets: names.map((name) => ({ name })) };
  const none = { type: 'state', affinity: [], suspects: [], quarantine: [], udpFlows: [], last: false } as const;
  for (const rows of parts(affinity)) yield { ...none, affinity: rows };
  for (const rows of parts(suspects)) yield { ...none, suspects: rows };
  for (const rows of parts(quarantine)) yield { ...none, quarantine: rows };
  for (const rows of parts(udpFlows)) yield { ...none, udpFlows: rows };
  yield { ...none, last: true };
}

function* parts<T>(rows: readonly T[]): IterableIterator<readonly T[]> {
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) yield rows.slice(at, at + ROWS_AT_ONCE);
}
