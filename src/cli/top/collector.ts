/**
 * Takes the samples of `top` from the daemon. What flows moved at their end is told by events alone: they are followed between
 * samples.
 */

import { Value } from 'typebox/value';
import { EJECTION_LIST } from '../../admin/ejection-rows.ts';
import { FLOW_ROW, type FlowRow } from '../../admin/flow-row.ts';
import { FLOW_LIST } from '../../admin/flow-rows.ts';
import { RATE_LIST } from '../../admin/rates-route.ts';
import { SERVICE_LIST, type ServiceList } from '../../admin/service-rows.ts';
import { askDaemon } from '../admin-client.ts';
import { followEvents } from '../event-client.ts';
import type { Sample } from './sample.ts';

/** The list of Services is long, and changes seldom. */
const SERVICES_MS = 10_000;

export interface CollectorOptions {
  readonly host: string;
  /** What of the daemon it looks at. */
  readonly query: URLSearchParams;
}

/** Follows one daemon from `start` to `close`. */
export class TopCollector {
  readonly #host: string;
  readonly #query: URLSearchParams;
  readonly #closing = new AbortController();
  #ended: FlowRow[] = [];
  #services: { readonly list: ServiceList; readonly atMs: number } | undefined;

  constructor({ host, query }: CollectorOptions) {
    this.#host = host;
    this.#query = query;
  }

  start(): void {
    // Where nobody answers, the next sample says so.
    this.#follow().catch(() => undefined);
  }

  close(): void {
    this.#closing.abort();
  }

  /** Throws as `askDaemon`. */
  async sample(): Promise<Sample> {
    const query = this.#query;
    const [services, connections, udp, rates, minutes, ejections] = await Promise.all([
      this.#listServices(query),
      askDaemon(this.#host, `/v1/connections?${query}`, FLOW_LIST),
      askDaemon(this.#host, `/v1/udp?${query}`, FLOW_LIST),
      askDaemon(this.#host, `/v1/rates?${query}`, RATE_LIST),
      askDaemon(this.#host, `/v1/rates?${new URLSearchParams([...query, ['step', '60']])}`, RATE_LIST),
      askDaemon(this.#host, `/v1/ejections?${query}`, EJECTION_LIST),
    ]);
    const ended = this.#ended;
    this.#ended = [];
    return {
      atMs: performance.now(),
      services: services.items,
      flows: [...connections.items, ...udp.items],
      ended,
      rates,
      minutes,
      ejections: ejections.items,
    };
  }

  async #listServices(query: URLSearchParams): Promise<ServiceList> {
    const nowMs = performance.now();
    if (this.#services && nowMs - this.#services.atMs < SERVICES_MS) return this.#services.list;
    const list = await askDaemon(this.#host, `/v1/services?${query}`, SERVICE_LIST);
    this.#services = { list, atMs: nowMs };
    return list;
  }

  async #follow(): Promise<void> {
    const query = new URLSearchParams([...this.#query, ['reasons', 'FlowEnded']]);
    for await (const { data } of followEvents(this.#host, query, this.#closing.signal)) {
      if (Value.Check(FLOW_ROW, data.flow)) this.#ended.push(data.flow);
    }
  }
}
