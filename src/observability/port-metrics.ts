/**
 * Metrics of flows by Service port. Bounded: beyond the budget, further Service ports share the series `other`.
 *
 * For a flow only integers are added, to series that its Service port leads to.
 */

import type { Flow, FlowEndCause } from '../model/flow.ts';
import type { RoutingTable, ServicePort } from '../model/route.ts';
import { MetricFamily, type Series, type SeriesBudget } from './metric-family.ts';
import { SeriesGroup, SeriesGroups } from './series-groups.ts';

/** The labels of a Service port. */
export const SERVICE_LABELS = ['namespace', 'service', 'port'] as const;

/** Values of `SERVICE_LABELS`. A port without a name is its number. */
export function serviceLabels({ namespace, service, portName, port }: ServicePort): [string, string, string] {
  return [namespace, service, portName || String(port)];
}

/** The ports of the table that have these labels, one for each family; empty = it is gone. */
export function portsWithLabels(table: RoutingTable, [namespace, service, port]: readonly string[]): ServicePort[] {
  const { ports } = table.services.get(`${namespace}/${service}`) ?? { ports: [] };
  return ports.filter((each) => serviceLabels(each)[2] === port);
}

/** What is counted for the flows of one protocol. */
interface Families {
  readonly ended: MetricFamily;
  readonly active: MetricFamily;
}

class PortGroup extends SeriesGroup {
  readonly active: Record<Flow['protocol'], Series | undefined> = { TCP: undefined, UDP: undefined };
  readonly ended: Record<Flow['protocol'], Partial<Record<FlowEndCause, Series>>> = { TCP: {}, UDP: {} };
}

/** Counts flows from their beginning to their end. */
export class PortMetrics {
  readonly #families: Record<Flow['protocol'], Families>;
  readonly #groups = new SeriesGroups((labels) => new PortGroup(labels));
  readonly #byPort = new WeakMap<ServicePort, PortGroup>();

  constructor(budget: SeriesBudget) {
    this.#families = {
      TCP: {
        ended: counter('svclane_connections_total', 'TCP connections that have ended, by how they ended.', budget),
        active: gauge('svclane_connections_active', 'TCP connections that live, by Service port.', budget),
      },
      UDP: {
        ended: counter('svclane_udp_sessions_total', 'UDP flows that have ended, by how they ended.', budget),
        active: gauge('svclane_udp_sessions_active', 'UDP flows that live, by Service port.', budget),
      },
    };
  }

  opened({ route, protocol }: Flow): void {
    const group = this.#groupOf(route.servicePort);
    group.users += 1;
    this.#activeOf(group, protocol).value += 1;
  }

  /** `wasOpened` = `opened` was called for it. */
  ended({ route, protocol, end }: Flow, wasOpened: boolean): void {
    const group = this.#groupOf(route.servicePort);
    const cause = end?.cause ?? 'finished';
    const series = group.ended[protocol];
    series[cause] ??= group.series(this.#families[protocol].ended, cause);
    series[cause].value += 1;
    if (!wasOpened) return;
    group.users -= 1;
    this.#activeOf(group, protocol).value -= 1;
  }

  /** Drops what has been gone for a while. */
  sweep(nowMs: number, table: RoutingTable): Generator<undefined> {
    return this.#groups.sweep(nowMs, (labels) => portsWithLabels(table, labels).length > 0);
  }

  *pieces(): Generator<string> {
    for (const { ended, active } of [this.#families.TCP, this.#families.UDP]) {
      yield* ended.pieces();
      yield* active.pieces();
    }
  }

  #groupOf(servicePort: ServicePort): PortGroup {
    const known = this.#byPort.get(servicePort);
    if (known !== undefined && !known.isDropped) return known;
    const group = this.#groups.of(serviceLabels(servicePort));
    this.#byPort.set(servicePort, group);
    return group;
  }

  #activeOf(group: PortGroup, protocol: Flow['protocol']): Series {
    group.active[protocol] ??= group.series(this.#families[protocol].active);
    return group.active[protocol];
  }
}

function counter(name: string, help: string, budget: SeriesBudget): MetricFamily {
  const labels = [...SERVICE_LABELS, 'result'];
  return new MetricFamily({ name, help, type: 'counter', labels, budget, sharedLabels: SERVICE_LABELS.length });
}

function gauge(name: string, help: string, budget: SeriesBudget): MetricFamily {
  return new MetricFamily({ name, help, type: 'gauge', labels: SERVICE_LABELS, budget });
}
