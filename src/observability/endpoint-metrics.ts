/**
 * Metrics by endpoint, where `metrics.endpointLabels` asks for them: pods come and go, so that these are many.
 */

import type { FailedTry, Flow } from '../model/flow.ts';
import type { RoutingTable } from '../model/route.ts';
import { MetricFamily, type Series, type SeriesBudget } from './metric-family.ts';
import { portsWithLabels, SERVICE_LABELS, serviceLabels } from './port-metrics.ts';
import { SeriesGroup, SeriesGroups } from './series-groups.ts';

const LABELS = [...SERVICE_LABELS, 'endpoint'];

class EndpointGroup extends SeriesGroup {
  readonly #known = new Map<string, Series>();

  /** `value` is that of the label that follows. */
  of(family: MetricFamily, name: string, value: string): Series {
    const key = `${name} ${value}`;
    const series = this.#known.get(key) ?? this.series(family, value);
    this.#known.set(key, series);
    return series;
  }
}

/** Counts what became of flows and dials. An override's address counts as an endpoint of its Service until it is swept. */
export class EndpointMetrics {
  readonly #flows: MetricFamily;
  readonly #failures: MetricFamily;
  readonly #groups = new SeriesGroups((labels) => new EndpointGroup(labels));

  constructor(budget: SeriesBudget) {
    const sharedLabels = LABELS.length;
    this.#flows = new MetricFamily({
      name: 'svclane_endpoint_flows_total',
      help: 'TCP connections and UDP flows that have ended, by endpoint and how they ended.',
      type: 'counter',
      labels: [...LABELS, 'result'],
      budget,
      sharedLabels,
    });
    this.#failures = new MetricFamily({
      name: 'svclane_endpoint_dial_failures_total',
      help: 'Dials that failed, by endpoint and the error of the system.',
      type: 'counter',
      labels: [...LABELS, 'error'],
      budget,
      sharedLabels,
    });
  }

  ended({ route, endpoint, end }: Flow): void {
    if (endpoint === undefined) return;
    const group = this.#groups.of([...serviceLabels(route.servicePort), endpoint.key]);
    group.of(this.#flows, 'flows', end?.cause ?? 'finished').value += 1;
  }

  dialFailed({ route }: Flow, { endpoint, errno }: Pick<FailedTry, 'endpoint' | 'errno'>): void {
    const group = this.#groups.of([...serviceLabels(route.servicePort), endpoint]);
    group.of(this.#failures, 'failures', errno).value += 1;
  }

  /** Drops what has been gone for a while. */
  sweep(nowMs: number, table: RoutingTable): Generator<undefined> {
    return this.#groups.sweep(nowMs, (labels) =>
      portsWithLabels(table, labels).some(({ endpoints }) => endpoints.some(({ key }) => key === labels[3])),
    );
  }

  *pieces(): Generator<string> {
    yield* this.#flows.pieces();
    yield* this.#failures.pieces();
  }
}
