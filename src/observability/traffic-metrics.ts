/**
 * Metrics of flows. Those per Service are bounded: beyond the cap, further Service ports share the series `other`.
 */

import type { Flow, FlowEndCause } from '../model/flow.ts';
import type { ServicePort } from '../model/route.ts';
import { MetricFamily } from './metrics.ts';

/** Series of each family that has Service labels. */
const MAX_SERVICE_SERIES = 5_000;

const SERVICE = ['namespace', 'service', 'port'] as const;

const ACTIVE = {
  TCP: {
    name: 'svclane_connections_active',
    help: 'TCP connections that live, by Service port.',
    type: 'gauge',
    labels: SERVICE,
    maxSeries: MAX_SERVICE_SERIES,
  },
  UDP: {
    name: 'svclane_udp_sessions_active',
    help: 'UDP flows that live, by Service port.',
    type: 'gauge',
    labels: SERVICE,
    maxSeries: MAX_SERVICE_SERIES,
  },
} as const;

const TURNED_AWAY: ReadonlySet<FlowEndCause> = new Set(['no-endpoint', 'wait-over', 'source-denied']);

/** Follows flows from their beginning to their end. Living flows are read when they are rendered. */
export class TrafficMetrics {
  readonly #ended = new MetricFamily({
    name: 'svclane_connections_total',
    help: 'TCP connections that have ended, by how they ended.',
    type: 'counter',
    labels: [...SERVICE, 'result'],
    maxSeries: MAX_SERVICE_SERIES,
  });
  readonly #udpEnded = new MetricFamily({
    name: 'svclane_udp_sessions_total',
    help: 'UDP flows that have ended, by how they ended.',
    type: 'counter',
    labels: [...SERVICE, 'result'],
    maxSeries: MAX_SERVICE_SERIES,
  });
  readonly #bytes = new MetricFamily({
    name: 'svclane_bytes_total',
    help: 'Bytes forwarded: in = from clients, out = to clients.',
    type: 'counter',
    labels: ['direction'],
  });
  readonly #noEndpoint = new MetricFamily({
    name: 'svclane_no_endpoint_total',
    help: 'Flows turned away since no endpoint was theirs, by why.',
    type: 'counter',
    labels: ['reason'],
  });
  readonly #retries = new MetricFamily({
    name: 'svclane_dial_retries_total',
    help: 'Dials made because the one before, of the same connection, failed. Counted when the connection ends.',
    type: 'counter',
  });
  readonly #dialFailures = new MetricFamily({
    name: 'svclane_dial_failures_total',
    help: 'Dials to endpoints that failed, by the error of the system.',
    type: 'counter',
    labels: ['error'],
    maxSeries: 50,
  });
  readonly #dropped = new MetricFamily({
    name: 'svclane_datagrams_dropped_total',
    help: 'Datagrams of clients that were not forwarded, by why.',
    type: 'counter',
    labels: ['reason'],
    maxSeries: 50,
  });
  readonly #live = new Set<Flow>();
  #endedBytesIn = 0;
  #endedBytesOut = 0;

  opened(flow: Flow): void {
    this.#live.add(flow);
  }

  ended(flow: Flow): void {
    const { servicePort } = flow.route;
    const cause = flow.end?.cause ?? 'finished';
    this.#live.delete(flow);
    this.#endedBytesIn += flow.bytesIn;
    this.#endedBytesOut += flow.bytesOut;
    const family = flow.protocol === 'TCP' ? this.#ended : this.#udpEnded;
    family.with(...labelsOf(servicePort), cause).value++;
    if (TURNED_AWAY.has(cause)) this.#noEndpoint.with(cause).value++;
    const unanswered = cause === 'dial-failed' ? 1 : 0;
    this.#retries.with().value += Math.max(0, flow.failedTries.length - unanswered);
  }

  dialFailed({ errno }: { readonly errno: string }): void {
    this.#dialFailures.with(errno).value++;
  }

  datagramDropped({ reason }: { readonly reason: string }): void {
    this.#dropped.with(reason).value++;
  }

  /** These Services, `namespace/name`, are gone: so are their series. */
  forget(services: ReadonlySet<string>): void {
    for (const family of [this.#ended, this.#udpEnded]) {
      family.drop(([namespace, service]) => services.has(`${namespace}/${service}`));
    }
  }

  render(): string {
    this.#readBytes();
    const families = [this.#ended, this.#udpEnded, this.#activeOf('TCP'), this.#activeOf('UDP'), this.#bytes];
    const failures = [this.#noEndpoint, this.#dialFailures, this.#retries, this.#dropped];
    return [...families, ...failures].map((family) => family.render()).join('');
  }

  #readBytes(): void {
    let bytesIn = this.#endedBytesIn;
    let bytesOut = this.#endedBytesOut;
    for (const flow of this.#live) {
      bytesIn += flow.bytesIn;
      bytesOut += flow.bytesOut;
    }
    this.#bytes.with('in').value = bytesIn;
    this.#bytes.with('out').value = bytesOut;
  }

  /** Counted anew each time: flows outlive the Services that they came by. */
  #activeOf(protocol: Flow['protocol']): MetricFamily {
    const counts = new Map<ServicePort, number>();
    for (const flow of this.#live) {
      if (flow.protocol !== protocol) continue;
      counts.set(flow.route.servicePort, (counts.get(flow.route.servicePort) ?? 0) + 1);
    }
    const family = new MetricFamily(ACTIVE[protocol]);
    for (const [servicePort, count] of counts) family.with(...labelsOf(servicePort)).value += count;
    return family;
  }
}

function labelsOf({ namespace, service, portName, port }: ServicePort): [string, string, string] {
  return [namespace, service, portName || String(port)];
}
