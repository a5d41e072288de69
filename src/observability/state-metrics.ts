/**
 * Metrics of the daemon's state, read when they are scraped: listeners, changes that wait, the age of the data.
 */

import type { Clock } from '../lib/clock.ts';
import { IP_FAMILIES } from '../model/address.ts';
import type { Source } from '../model/source.ts';
import { MetricFamily } from './metric-family.ts';

/** How many listeners are in each state. */
interface ListenerCounts {
  readonly listening: number;
  readonly idle: number;
  readonly failed: number;
  /** Absent = one serves. */
  readonly workers?: { readonly serving: number; readonly down: number };
}

export interface StateMetricsOptions {
  readonly clock: Clock;
  readonly counts: () => ListenerCounts;
  readonly source: Pick<Source, 'status'>;
  /** Object changes that wait for the next sync; absent = none ever. */
  readonly pending?: () => { readonly serviceChanges: number; readonly endpointChanges: number };
}

/** Reads the state of the daemon. */
export class StateMetrics {
  readonly #options: StateMetricsOptions;
  readonly #listeners = gauge('svclane_listeners', 'Frontends, by what became of their socket.', 'state');
  readonly #workers = gauge('svclane_workers', 'Event loops that serve, or that should.', 'state');
  readonly #serviceChanges = pendingGauge('service', 'Changes of Services that wait for a sync.');
  readonly #endpointChanges = pendingGauge('endpoint', 'Changes of EndpointSlices that wait for a sync.');
  readonly #age = gauge(
    'svclane_watch_last_event_age_seconds',
    'Since the last proof that what is known of a resource is current.',
    'resource',
  );
  readonly #stale = gauge(
    'svclane_watch_stale',
    '1 = the last good state is served while the source is away.',
    'resource',
  );
  readonly #restarts = counter('svclane_watch_restarts_total', 'How often a watch was begun anew.', 'resource');
  readonly #relists = counter('svclane_watch_relists_total', 'How often a resource was listed anew.', 'resource');

  constructor(options: StateMetricsOptions) {
    this.#options = options;
  }

  render(): string {
    this.#readListeners();
    this.#readPending();
    this.#readSource();
    const state = [this.#listeners, this.#workers, this.#age, this.#stale, this.#restarts, this.#relists];
    return [...state, this.#serviceChanges, this.#endpointChanges].map((metric) => metric.render()).join('');
  }

  #readListeners(): void {
    const { listening, idle, failed, workers = { serving: 1, down: 0 } } = this.#options.counts();
    this.#workers.with('serving').value = workers.serving;
    this.#workers.with('down').value = workers.down;
    for (const [state, count] of Object.entries({ listening, idle, failed })) this.#listeners.with(state).value = count;
  }

  /** One state serves both families. */
  #readPending(): void {
    const { serviceChanges, endpointChanges } = this.#options.pending?.() ?? { serviceChanges: 0, endpointChanges: 0 };
    for (const family of IP_FAMILIES) {
      this.#serviceChanges.with(family).value = serviceChanges;
      this.#endpointChanges.with(family).value = endpointChanges;
    }
  }

  #readSource(): void {
    const { clock, source } = this.#options;
    for (const { kind, state, lastContactMs, restarts, relists } of source.status().resources) {
      if (lastContactMs !== undefined) this.#age.with(kind).value = Math.max(0, clock.now() - lastContactMs) / 1000;
      this.#stale.with(kind).value = state === 'stale' ? 1 : 0;
      this.#restarts.with(kind).value = restarts;
      this.#relists.with(kind).value = relists;
    }
  }
}

/** Source: kube-proxy metrics `sync_proxy_rules_service_changes_pending` and `…endpoint_changes_pending`. */
function pendingGauge(what: 'service' | 'endpoint', help: string): MetricFamily {
  return gauge(`kubeproxy_sync_proxy_rules_${what}_changes_pending`, help, 'ip_family');
}

function gauge(name: string, help: string, ...labels: readonly string[]): MetricFamily {
  return new MetricFamily({ name, help, type: 'gauge', ...(labels.length > 0 ? { labels } : {}) });
}

function counter(name: string, help: string, ...labels: readonly string[]): MetricFamily {
  return new MetricFamily({ name, help, type: 'counter', ...(labels.length > 0 ? { labels } : {}) });
}
