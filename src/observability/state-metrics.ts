/**
 * Metrics that are read when they are scraped: endpoints, listeners, the age of the data, and the process itself.
 */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from '../lib/clock.ts';
import { IP_FAMILIES } from '../model/address.ts';
import type { RoutingTable } from '../model/route.ts';
import type { Source } from '../model/source.ts';
import { MetricFamily } from './metrics.ts';

const LAG_RESOLUTION_MS = 20;

/** How many listeners are in each state. */
interface ListenerCounts {
  readonly listening: number;
  readonly idle: number;
  readonly failed: number;
}

export interface StateMetricsOptions {
  readonly clock: Clock;
  readonly counts: () => ListenerCounts;
  readonly table: () => RoutingTable;
  readonly source: Pick<Source, 'status'>;
  /** Object changes that wait for the next sync; absent = none ever. */
  readonly pending?: () => { readonly serviceChanges: number; readonly endpointChanges: number };
  /** Shown by `svclane_build_info`. */
  readonly version?: string;
}

/** Reads the state of the daemon. `close` ends the measuring of the event loop. */
export class StateMetrics {
  readonly #options: StateMetricsOptions;
  readonly #loop: ReturnType<typeof monitorEventLoopDelay>;
  readonly #endpoints = gauge('svclane_endpoints', 'Endpoints of all Service ports, by state.', 'state');
  readonly #listeners = gauge('svclane_listeners', 'Frontends, by what became of their socket.', 'state');
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
  readonly #lag = gauge(
    'svclane_eventloop_lag_seconds',
    '99th percentile of the event loop lag since the last scrape.',
  );
  readonly #memory = gauge('process_resident_memory_bytes', 'Resident memory.');
  readonly #cpu = counter('process_cpu_seconds_total', 'Processor time, user and system.');
  readonly #start = gauge('process_start_time_seconds', 'When the process began, since the epoch.');
  readonly #build = new MetricFamily({
    name: 'svclane_build_info',
    help: 'Always 1; the versions are the labels.',
    type: 'gauge',
    labels: ['version', 'node'],
  });

  constructor(options: StateMetricsOptions) {
    this.#options = options;
    this.#loop = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
    this.#loop.enable();
    this.#start.with().value = Math.round(performance.timeOrigin) / 1000;
    this.#build.with(options.version ?? '', process.versions.node).value = 1;
  }

  render(): string {
    this.#readEndpoints();
    this.#readListeners();
    this.#readPending();
    this.#readSource();
    this.#readProcess();
    const state = [this.#endpoints, this.#listeners, this.#age, this.#stale, this.#restarts, this.#relists];
    const pending = [this.#serviceChanges, this.#endpointChanges];
    const own = [this.#lag, this.#memory, this.#cpu, this.#start, this.#build];
    return [...state, ...pending, ...own].map((metric) => metric.render()).join('');
  }

  close(): void {
    this.#loop.disable();
  }

  #readEndpoints(): void {
    const counts = { ready: 0, terminating: 0, 'not-ready': 0 };
    for (const { ports } of this.#options.table().services.values()) {
      for (const { endpoints } of ports) {
        for (const { ready, serving, terminating } of endpoints) {
          if (ready) counts.ready++;
          else counts[serving && terminating ? 'terminating' : 'not-ready']++;
        }
      }
    }
    for (const [state, count] of Object.entries(counts)) this.#endpoints.with(state).value = count;
  }

  #readListeners(): void {
    const { listening, idle, failed } = this.#options.counts();
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

  /** The delays that are measured contain the pause between two measurements. */
  #readProcess(): void {
    const lagMs = this.#loop.count === 0 ? 0 : this.#loop.percentile(99) / 1e6 - LAG_RESOLUTION_MS;
    this.#loop.reset();
    const { user, system } = process.cpuUsage();
    this.#lag.with().value = Math.max(0, lagMs) / 1000;
    this.#memory.with().value = process.memoryUsage.rss();
    this.#cpu.with().value = (user + system) / 1e6;
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
