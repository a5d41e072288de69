/**
 * Connection tally: how many TCP flows there are of each Service and of each client, while there is a limit to that.
 */

import type { Config } from '../config/config.ts';
import type { Flow, ShedReason } from '../model/flow.ts';

type Limits = Config['defaults']['limits'];

/** Counts by key; `undefined` while nobody asks, so that flows without such a limit cost nothing. */
type Counts = Map<string, number> | undefined;

/** The counts of one listener set. Every flow that is opened is counted, one that is shed too, until it has ended. */
export class ConnectionTally {
  #byService: Counts;
  #byClient: Counts;

  /** Follows new limits. `living` are the flows that were opened and have not ended. */
  follow({ maxConnectionsPerService, maxConnectionsPerClient }: Limits, living: Iterable<Flow>): void {
    this.#byService = maxConnectionsPerService > 0 ? countBy(living, serviceOf) : undefined;
    this.#byClient = maxConnectionsPerClient > 0 ? countBy(living, clientOf) : undefined;
  }

  /** The limit that a further flow would break. */
  brokenBy(flow: Flow, { maxConnectionsPerService, maxConnectionsPerClient }: Limits): ShedReason | undefined {
    if (isFull(this.#byService, flow, serviceOf, maxConnectionsPerService)) return 'max-connections-per-service';
    if (isFull(this.#byClient, flow, clientOf, maxConnectionsPerClient)) return 'max-connections-per-client';
    return undefined;
  }

  opened(flow: Flow): void {
    if (this.#byService) add(this.#byService, serviceOf(flow), 1);
    if (this.#byClient) add(this.#byClient, clientOf(flow), 1);
  }

  ended(flow: Flow): void {
    if (this.#byService) add(this.#byService, serviceOf(flow), -1);
    if (this.#byClient) add(this.#byClient, clientOf(flow), -1);
  }
}

function serviceOf({ route: { servicePort } }: Flow): string {
  return `${servicePort.namespace}/${servicePort.service}`;
}

function clientOf({ clientAddress }: Flow): string {
  return clientAddress;
}

function countBy(flows: Iterable<Flow>, keyOf: (flow: Flow) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const flow of flows) add(counts, keyOf(flow), 1);
  return counts;
}

function add(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}

function isFull(counts: Counts, flow: Flow, keyOf: (flow: Flow) => string, limit: number): boolean {
  return counts !== undefined && (counts.get(keyOf(flow)) ?? 0) >= limit;
}
