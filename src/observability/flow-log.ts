/**
 * Log lines of flows: none, those that failed, or all, as `logging.accessLog` says.
 */

import type { Config } from '../config/config.ts';
import type { Clock } from '../lib/clock.ts';
import { formatHostPort } from '../model/address.ts';
import type { Flow, FlowEndCause } from '../model/flow.ts';
import type { Frontend, ServicePort } from '../model/route.ts';
import type { DialFailedMessage } from './channels.ts';
import type { FloodGate } from './flood-gate.ts';
import type { Logger } from './logging.ts';

/** The ends that are somebody's failure, with the reason that the log gives. */
const FAILURES: Readonly<Partial<Record<FlowEndCause, string>>> = {
  'dial-failed': 'DialFailed',
  'no-endpoint': 'NoEndpoint',
  'source-denied': 'SourceDenied',
  'endpoint-reset': 'EndpointReset',
  shed: 'Shed',
  'wait-over': 'WaitOver',
  'worker-lost': 'WorkerLost',
};

export interface FlowLogOptions {
  readonly logger: Logger;
  readonly gate: FloodGate;
  readonly accessLog: () => Config['logging']['accessLog'];
  readonly clock: Clock;
  /** Of the table in force. */
  readonly generation: () => number;
}

/** Writes one line for each flow that ended, one for each failed try, and at debug one for each flow that begins. */
export class FlowLog {
  readonly #options: FlowLogOptions;

  constructor(options: FlowLogOptions) {
    this.#options = options;
  }

  opened(flow: Flow): void {
    const { accessLog, logger } = this.#options;
    if (accessLog() !== 'all' || !logger.isLevelEnabled('debug')) return;
    logger.debug({ reason: 'FlowOpened', ...clientOf(flow) }, 'flow opened');
  }

  ended(flow: Flow): void {
    const { logger, gate, clock } = this.#options;
    const accessLog = this.#options.accessLog();
    if (accessLog === 'off' || !flow.end) return;
    const failure = FAILURES[flow.end.cause];
    if (!failure && accessLog !== 'all') return;
    if (accessLog !== 'all' && !gate.allow(`${failure} ${flow.route.servicePort.key}`)) return;
    const facts = {
      reason: failure ?? 'FlowEnded',
      ...clientOf(flow),
      ...(flow.endpoint ? { endpoint: flow.endpoint.key, pod: flow.endpoint.podName || undefined, why: flow.why } : {}),
      tries: flow.failedTries.length + (flow.endpoint ? 1 : 0),
      end: flow.end.cause,
      err: flow.end.errno,
      limit: flow.end.reason,
      ms: Math.max(0, Math.round((flow.endedAtMs ?? clock.now()) - flow.openedAtMs)),
      bytesIn: flow.bytesIn,
      bytesOut: flow.bytesOut,
      rev: this.#options.generation(),
    };
    logger[failure ? 'warn' : 'info'](facts, failure ? 'flow failed' : 'flow ended');
  }

  dialFailed({ flow, endpoint, errno, elapsedMs }: DialFailedMessage): void {
    const { accessLog, logger, gate, generation } = this.#options;
    const { servicePort } = flow.route;
    if (accessLog() === 'off' || !gate.allow(`dial ${servicePort.key}`)) return;
    const pod = servicePort.endpoints.find(({ key }) => key === endpoint)?.podName || undefined;
    const ms = Math.round(elapsedMs);
    const facts = {
      svc: nameOf(servicePort),
      endpoint,
      pod,
      conn: flow.id,
      try: flow.failedTries.length,
      err: errno,
      ms,
    };
    logger.warn({ reason: 'DialFailed', ...facts, rev: generation() }, 'dial failed');
  }

  datagramDropped({ frontend, reason }: { readonly frontend: Frontend; readonly reason: string }): void {
    const { accessLog, logger, gate } = this.#options;
    if (accessLog() === 'off' || !gate.allow(`drop ${frontend.key} ${reason}`)) return;
    logger.warn({ reason: 'DatagramDropped', frontend: frontend.key, why: reason }, 'a datagram was not forwarded');
  }
}

function clientOf({ id, route, clientAddress, clientPort }: Flow): Record<string, string> {
  return {
    svc: nameOf(route.servicePort),
    frontend: route.frontend.key,
    conn: id,
    client: formatHostPort(clientAddress, clientPort),
  };
}

/** `shop/web:http`; without a name the port's number. */
export function nameOf({ namespace, service, portName, port }: ServicePort): string {
  return `${namespace}/${service}:${portName || port}`;
}
