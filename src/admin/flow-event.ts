/**
 * The beginning or end of a flow, as the event stream keeps it. Each flow makes two of these and few are ever read, so
 * that only what would be gone later is copied, and everything else is made when it is asked for.
 */

import type { Flow } from '../model/flow.ts';
import type { DaemonEvent } from './daemon-event.ts';
import { flowRow } from './flow-to-row.ts';

const NO_TRIES: Flow['failedTries'] = [];

/** One event. */
export class FlowEvent implements DaemonEvent {
  readonly reason: 'FlowOpened' | 'FlowEnded';
  readonly #flow: Flow;
  readonly #run: string;
  readonly #number: number;
  readonly #atMs: number;

  constructor(reason: 'FlowOpened' | 'FlowEnded', flow: Flow, run: string, number: number, atMs: number) {
    this.reason = reason;
    this.#flow = frozen(flow);
    this.#run = run;
    this.#number = number;
    this.#atMs = atMs;
  }

  get id(): string {
    return `${this.#run}-${this.#number}`;
  }

  get namespace(): string {
    return this.#flow.route.servicePort.namespace;
  }

  get service(): string {
    return this.#flow.route.servicePort.service;
  }

  data(): Readonly<Record<string, unknown>> {
    const { reason, namespace, service } = this;
    const { end } = this.#flow;
    const flow = flowRow(this.#flow, this.#atMs);
    return {
      reason,
      time: new Date(this.#atMs).toISOString(),
      namespace,
      service,
      flow,
      ...(end && { end: { ...end } }),
    };
  }
}

/** A flow moves on, and holds its sockets: what it is now is copied. */
function frozen(flow: Flow): Flow {
  return {
    id: flow.id,
    protocol: flow.protocol,
    route: flow.route,
    clientAddress: flow.clientAddress,
    clientPort: flow.clientPort,
    openedAtMs: flow.openedAtMs,
    endpoint: flow.endpoint,
    why: flow.why,
    failedTries: flow.failedTries.length === 0 ? NO_TRIES : [...flow.failedTries],
    bytesIn: flow.bytesIn,
    bytesOut: flow.bytesOut,
    end: flow.end,
    override: flow.override,
    fault: flow.fault,
  };
}
