/**
 * Log lines of ejections: who is left out and why, who is back, and when the cap forces traffic through.
 */

import type { Ejection, Suspension } from '../model/ejection.ts';
import type { EndpointRestoredMessage } from './channels.ts';
import type { FloodGate } from './flood-gate.ts';
import { nameOf } from './flow-log.ts';
import type { Logger } from './logging.ts';

/** Writes one line for each event, as far as the gate lets it. */
export class EjectionLog {
  readonly #logger: Logger;
  readonly #gate: FloodGate;

  constructor(logger: Logger, gate: FloodGate) {
    this.#logger = logger;
    this.#gate = gate;
  }

  ejected({ servicePort, endpoint, cause, failures, times, forMs }: Ejection): void {
    if (!this.#gate.allow(`ejected ${servicePort.key}`)) return;
    const svc = nameOf(servicePort);
    const pod = endpoint.podName || undefined;
    const facts = { svc, endpoint: endpoint.key, pod, err: cause, failures, times, seconds: forMs / 1000 };
    this.#logger.warn({ reason: 'EndpointEjected', ...facts }, 'the endpoint is left out for a time');
  }

  restored({ servicePort, endpoint, why }: EndpointRestoredMessage): void {
    if (!this.#gate.allow(`restored ${servicePort.key}`)) return;
    const facts = { svc: nameOf(servicePort), endpoint: endpoint.key, pod: endpoint.podName || undefined, why };
    this.#logger.info({ reason: 'EndpointRestored', ...facts }, 'the endpoint is used again');
  }

  suspended({ servicePort, eligible, ejected, forced }: Suspension): void {
    if (!this.#gate.allow(`suspended ${servicePort.key}`)) return;
    const facts = { svc: nameOf(servicePort), eligible, ejected, forced };
    this.#logger.warn({ reason: 'EjectionSuspended', ...facts }, 'too many endpoints fail: some are used all the same');
  }
}
