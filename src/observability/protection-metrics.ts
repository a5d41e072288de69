/**
 * Metrics of what protects endpoints and svclane itself: ejections, clients that wait, flows that are shed.
 */

import type { Ejection } from '../model/ejection.ts';
import { type Flow, SHED_REASONS } from '../model/flow.ts';
import { Histogram } from './histogram.ts';
import { MetricFamily } from './metric-family.ts';

const WAIT_BUCKETS: readonly number[] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Counts events. */
export class ProtectionMetrics {
  readonly #ejections = new MetricFamily({
    name: 'svclane_ejections_total',
    help: 'Endpoints that were ejected, by the error of the last dial that failed.',
    type: 'counter',
    labels: ['cause'],
    maxSeries: 50,
  }).startWith('ECONNREFUSED', 'ETIMEDOUT');
  readonly #suspensions = new MetricFamily({
    name: 'svclane_ejections_suspended_total',
    help: 'How often more endpoints of a Service port were ejected than may be left out, so that some were used again.',
    type: 'counter',
  });
  readonly #shed = new MetricFamily({
    name: 'svclane_shed_total',
    help: 'Flows that were shed, by the limit that was reached.',
    type: 'counter',
    labels: ['protocol', 'reason'],
  });
  readonly #waits = new Histogram({
    name: 'svclane_queue_wait_seconds',
    help: 'How long clients were held for want of an endpoint, whether they got one or not.',
    buckets: WAIT_BUCKETS,
  });
  readonly #headerBytes = new MetricFamily({
    name: 'svclane_proxy_protocol_bytes_total',
    help: 'Bytes of PROXY protocol headers sent to endpoints.',
    type: 'counter',
  });

  readonly #pauses = new MetricFamily({
    name: 'svclane_accept_pauses_total',
    help: 'How often new flows began to be shed for lack of file descriptors.',
    type: 'counter',
  });
  readonly #paused = new MetricFamily({
    name: 'svclane_accept_paused',
    help: '1 = new flows are shed, since the process or the system has no file descriptor left.',
    type: 'gauge',
  });

  constructor() {
    for (const reason of Object.keys(SHED_REASONS)) {
      this.#shed.with(reason === 'max-flows' ? 'UDP' : 'TCP', reason);
    }
    this.#shed.with('UDP', 'descriptors');
  }

  acceptPaused({ paused }: { readonly paused: boolean }): void {
    this.#paused.with().value = paused ? 1 : 0;
    if (paused) this.#pauses.with().value += 1;
  }

  ejected({ cause }: Ejection): void {
    this.#ejections.with(cause).value++;
  }

  suspended(): void {
    this.#suspensions.with().value++;
  }

  waited({ waitedMs }: { readonly waitedMs: number }): void {
    this.#waits.observe(waitedMs / 1000);
  }

  flowEnded({ end, protocol, headerBytes = 0 }: Flow): void {
    if (end?.reason !== undefined) this.#shed.with(protocol, end.reason).value++;
    if (headerBytes > 0) this.#headerBytes.with().value += headerBytes;
  }

  render(): string {
    const shedding = [this.#shed, this.#pauses, this.#paused];
    const families = [this.#ejections, this.#suspensions, ...shedding, this.#waits, this.#headerBytes];
    return families.map((family) => family.render()).join('');
  }
}
