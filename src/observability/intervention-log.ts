/**
 * Log lines of overrides and faults: that flows are not served as the API has it, by whose word, and until when.
 */

import { type Fault, formatFault } from '../model/fault.ts';
import { type InterventionEnd, type InterventionTarget, interventionKey } from '../model/intervention.ts';
import { formatMatch, type Override } from '../model/override.ts';
import type { InterventionEndedMessage, InterventionSetMessage } from './channels.ts';
import type { Logger } from './logging.ts';

/** Writes one line for each. They come from people: no flood is to be feared. */
export class InterventionLog {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  overrideSet({ value, untilMs }: InterventionSetMessage<Override>): void {
    const { target, fallback } = value;
    const match = formatMatch(value) || undefined;
    const facts = { ...svcOf(value), target, match, fallback, until: new Date(untilMs).toISOString() };
    this.#logger.warn({ reason: 'OverrideSet', ...facts }, 'clients are sent to another address first');
  }

  overrideEnded({ value, why }: InterventionEndedMessage<Override>): void {
    const facts = { reason: reasonOf('Override', why), ...svcOf(value), target: value.target, why };
    this.#logger.info(facts, 'the override is over');
  }

  faultSet({ value, untilMs }: InterventionSetMessage<Fault>): void {
    const facts = { ...svcOf(value), fault: formatFault(value), until: new Date(untilMs).toISOString() };
    this.#logger.warn({ reason: 'FaultSet', ...facts }, 'flows are served badly, as was asked for');
  }

  faultEnded({ value, why }: InterventionEndedMessage<Fault>): void {
    const facts = { reason: reasonOf('Fault', why), ...svcOf(value), fault: formatFault(value), why };
    this.#logger.info(facts, 'the fault is over');
  }
}

function svcOf(target: InterventionTarget): { readonly svc: string } {
  return { svc: interventionKey(target) };
}

function reasonOf(kind: 'Override' | 'Fault', why: InterventionEnd): string {
  return `${kind}${why === 'time' ? 'Expired' : 'Removed'}`;
}
