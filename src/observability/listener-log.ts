/**
 * Log lines of listeners: lanes at info, since somebody waits for them, but not for thousands of them; the many of a node at
 * debug; failures once.
 */

import { errnoOf } from '../errors.ts';
import { formatHostPort } from '../model/address.ts';
import type { ListenerFailedMessage, ListenerMessage } from './channels.ts';
import type { FloodGate } from './flood-gate.ts';
import { nameOf } from './flow-log.ts';
import type { Logger } from './logging.ts';

/** Remembers which frontends have failed and how, so that a retry that fails alike is no news. */
export class ListenerLog {
  readonly #logger: Logger;
  readonly #gate: FloodGate;
  readonly #laneGate: FloodGate;
  readonly #failing = new Map<string, string>();

  /** `laneGate` is asked for each lane that listens; one that it keeps out is told at debug. */
  constructor(logger: Logger, gate: FloodGate, laneGate: FloodGate) {
    this.#logger = logger;
    this.#gate = gate;
    this.#laneGate = laneGate;
  }

  bound(message: ListenerMessage): void {
    const recovered = this.#failing.delete(message.frontend.key);
    const isTold = recovered || (message.frontend.kind === 'local' && this.#laneGate.allow('lane'));
    const level = isTold ? 'info' : 'debug';
    if (!this.#logger.isLevelEnabled(level)) return;
    this.#logger[level](
      { reason: 'ListenerBound', ...factsOf(message) },
      recovered ? 'listening at last' : 'listening',
    );
  }

  closed(message: ListenerMessage): void {
    this.#failing.delete(message.frontend.key);
    if (!this.#logger.isLevelEnabled('debug')) return;
    this.#logger.debug({ reason: 'ListenerClosed', ...factsOf(message) }, 'listener closed');
  }

  failed(message: ListenerFailedMessage): void {
    const { frontend, error, retryInMs } = message;
    const cause = errnoOf(error) ?? error.message;
    if (this.#failing.get(frontend.key) === cause) return;
    this.#failing.set(frontend.key, cause);
    if (!this.#gate.allow(`listener ${cause}`)) return;
    const facts = { reason: 'ListenerFailed', ...factsOf(message), err: error.message, retryInMs };
    this.#logger.warn(facts, 'cannot listen; the route is retried');
  }
}

function factsOf({ frontend, servicePort, boundAddress, boundPort }: ListenerMessage): Record<string, string> {
  const bound = formatHostPort(boundAddress, boundPort);
  return { svc: nameOf(servicePort), frontend: frontend.key, kind: frontend.kind, bound };
}
