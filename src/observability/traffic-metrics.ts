/**
 * Metrics of traffic: flows by Service port, bytes and datagrams, dials that succeeded and failed.
 */

import type { FailedTry, Flow, FlowEndCause } from '../model/flow.ts';
import type { RoutingTable } from '../model/route.ts';
import { EndpointMetrics } from './endpoint-metrics.ts';
import { Histogram } from './histogram.ts';
import { MetricFamily, SeriesBudget } from './metric-family.ts';
import { PortMetrics } from './port-metrics.ts';
import { VolumeMetrics } from './volume-metrics.ts';

/** 0.1 ms is next door, 1 s and more a SYN that was lost. */
const CONNECT_BUCKETS: readonly number[] = [
  ...[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
];

const TURNED_AWAY = ['no-endpoint', 'wait-over', 'source-denied'] as const satisfies readonly FlowEndCause[];

/** Source: the configuration's `metrics`. */
export interface TrafficMetricsOptions {
  /** Of all metrics together that have labels of a Service. */
  readonly maxSeries: number;
  readonly endpointLabels: boolean;
}

/** Follows flows from their beginning to their end. */
export class TrafficMetrics {
  readonly #ports: PortMetrics;
  readonly #endpoints: EndpointMetrics | undefined;
  readonly #volume = new VolumeMetrics();
  readonly #connects = new Histogram({
    name: 'svclane_connect_duration_seconds',
    help: 'How long the dial took that succeeded, once for each TCP connection.',
    buckets: CONNECT_BUCKETS,
  });
  readonly #noEndpoint = new MetricFamily({
    name: 'svclane_no_endpoint_total',
    help: 'Flows turned away since no endpoint was theirs, by why.',
    type: 'counter',
    labels: ['reason'],
  }).startWith(...TURNED_AWAY);
  readonly #retries = new MetricFamily({
    name: 'svclane_dial_retries_total',
    help: 'Dials made because the one before, of the same connection, failed. Counted when the connection ends.',
    type: 'counter',
  });
  readonly #retried = this.#retries.with();
  readonly #dialFailures = new MetricFamily({
    name: 'svclane_dial_failures_total',
    help: 'Dials to endpoints that failed, by the error of the system.',
    type: 'counter',
    labels: ['error'],
    maxSeries: 50,
  }).startWith('ECONNREFUSED', 'ETIMEDOUT');
  readonly #dropped = new MetricFamily({
    name: 'svclane_datagrams_dropped_total',
    help: 'Datagrams of clients that were not forwarded, by why.',
    type: 'counter',
    labels: ['reason'],
    maxSeries: 50,
  }).startWith('NOT_SENT');

  constructor({ maxSeries, endpointLabels }: TrafficMetricsOptions) {
    const budget = new SeriesBudget(maxSeries);
    this.#ports = new PortMetrics(budget);
    if (endpointLabels) this.#endpoints = new EndpointMetrics(budget);
  }

  opened(flow: Flow): void {
    this.#volume.opened(flow);
    this.#ports.opened(flow);
  }

  connected({ connectMs }: Flow): void {
    if (connectMs !== undefined) this.#connects.observe(connectMs / 1000);
  }

  ended(flow: Flow): void {
    const wasOpened = this.#volume.ended(flow);
    this.#ports.ended(flow, wasOpened);
    this.#endpoints?.ended(flow);
    const cause = flow.end?.cause;
    if (cause !== undefined && isTurnedAway(cause)) this.#noEndpoint.with(cause).value += 1;
    const tries = flow.failedTries.length;
    if (tries > 0) this.#retried.value += cause === 'dial-failed' ? tries - 1 : tries;
  }

  dialFailed({ flow, ...failed }: FailedTry & { readonly flow: Flow }): void {
    this.#dialFailures.with(failed.errno).value += 1;
    this.#endpoints?.dialFailed(flow, failed);
  }

  datagramDropped({ reason }: { readonly reason: string }): void {
    this.#dropped.with(reason).value += 1;
  }

  /** In pieces that are quickly made. Series of what has long been gone from the table go first. */
  *pieces(nowMs: number, table: RoutingTable): Generator<string> {
    for (const part of [this.#ports, this.#endpoints]) {
      if (part === undefined) continue;
      for (const _ of part.sweep(nowMs, table)) yield '';
      yield* part.pieces();
    }
    yield this.#volume.render();
    yield this.#connects.render();
    for (const each of [this.#noEndpoint, this.#dialFailures, this.#retries, this.#dropped]) yield each.render();
  }
}

function isTurnedAway(cause: FlowEndCause): boolean {
  return TURNED_AWAY.some((each) => each === cause);
}
