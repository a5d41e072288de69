/**
 * The beginning or end of a flow, as the event stream keeps it. Each flow makes two of these and few are ever read, so
 * that only what would be gone later is copied, and everything else is made when it is asked for.
 *
 * The event that falls out of the ring becomes the one that comes in: new objects for each flow, in a ring of thousands, would
 * outlive the young generation, and moving them took a twentieth of what a new connection takes.
 */

import type { Flow } from '../model/flow.ts';
import type { DaemonEvent } from './daemon-event.ts';
import { flowRow } from './flow-to-row.ts';

type Reason = 'FlowOpened' | 'FlowEnded';

/** What is kept of a flow. */
type FlowCopy = { -readonly [K in keyof typeof BLANK]: Flow[K] } & { route: Flow['route'] };

const BLANK = {
  id: '',
  protocol: 'TCP',
  clientAddress: '',
  clientPort: 0,
  openedAtMs: 0,
  endpoint: undefined,
  why: undefined,
  failedTries: [],
  bytesIn: 0,
  bytesOut: 0,
  end: undefined,
  override: undefined,
  fault: undefined,
} as const satisfies Omit<Flow, 'route'>;

/** One event, as what `become` was last told. */
export class FlowEvent implements DaemonEvent {
  readonly #run: string;
  readonly #flow: FlowCopy;
  #reason: Reason = 'FlowOpened';
  #number = 0;
  #atMs = 0;

  /** `run` = of the daemon, in front of the number. */
  constructor(run: string, route: Flow['route']) {
    this.#run = run;
    this.#flow = { ...BLANK, route };
  }

  /** Makes another event of it. A flow moves on, and holds its sockets: what it is now is copied. */
  become(reason: Reason, flow: Flow, number: number, atMs: number): void {
    this.#reason = reason;
    this.#number = number;
    this.#atMs = atMs;
    const copy = this.#flow;
    copy.id = flow.id;
    copy.protocol = flow.protocol;
    copy.route = flow.route;
    copy.clientAddress = flow.clientAddress;
    copy.clientPort = flow.clientPort;
    copy.openedAtMs = flow.openedAtMs;
    copy.endpoint = flow.endpoint;
    copy.why = flow.why;
    copy.failedTries = flow.failedTries.length === 0 ? BLANK.failedTries : [...flow.failedTries];
    copy.bytesIn = flow.bytesIn;
    copy.bytesOut = flow.bytesOut;
    copy.end = flow.end;
    copy.override = flow.override;
    copy.fault = flow.fault;
  }

  get reason(): Reason {
    return this.#reason;
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
