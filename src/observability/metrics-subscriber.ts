/**
 * The metrics: every diagnostics channel, counted, and rendered when it is scraped.
 */

import type { Clock } from '../lib/clock.ts';
import type { RoutingTable } from '../model/route.ts';
import { channels, type TypedChannel } from './channels.ts';
import { InterventionMetrics } from './intervention-metrics.ts';
import { MetricFamily } from './metric-family.ts';
import { paced } from './paced.ts';
import { ProcessMetrics } from './process-metrics.ts';
import { ProtectionMetrics } from './protection-metrics.ts';
import { StateMetrics, type StateMetricsOptions } from './state-metrics.ts';
import { SyncMetrics } from './sync-metrics.ts';
import { TableMetrics } from './table-metrics.ts';
import { TrafficMetrics, type TrafficMetricsOptions } from './traffic-metrics.ts';

const DEFAULTS: TrafficMetricsOptions = { maxSeries: 5_000, endpointLabels: false };

export interface MetricsOptions extends StateMetricsOptions, Partial<TrafficMetricsOptions> {
  readonly clock: Clock;
  /** The table in force. */
  readonly table: () => RoutingTable;
  /** Shown by `svclane_build_info`. */
  readonly version?: string;
}

/** The metrics of one daemon. `close` ends the counting. */
export interface Metrics {
  /** Everything in the Prometheus text format, made while it is read, with turns of the event loop in between. */
  renderMetrics(): AsyncIterable<string>;
  close(): void;
}

/** Counts what the channels tell from here on. The functions given are called when metrics are rendered. */
export function createMetrics(options: MetricsOptions): Metrics {
  const { clock, table } = options;
  const traffic = new TrafficMetrics({ ...DEFAULTS, ...options });
  const tables = new TableMetrics();
  const own = new ProcessMetrics(options.version ?? '');
  const { events, unsubscribe } = countEvents(traffic, clock);
  const rest = [...events, new StateMetrics(options), own];

  function* pieces(): Generator<string> {
    yield* traffic.pieces(clock.monotonic(), table());
    yield* tables.pieces(table());
    for (const part of rest) yield part.render();
  }

  async function* render(): AsyncGenerator<string> {
    await own.prepare();
    yield* paced(pieces(), clock);
  }

  return {
    renderMetrics: render,
    close() {
      unsubscribe();
      own.close();
    },
  };
}

/** Follows the channels; `events` are rendered in one go, for they have few series. */
function countEvents(
  traffic: TrafficMetrics,
  clock: Clock,
): { readonly events: readonly { render(): string }[]; readonly unsubscribe: () => void } {
  const protection = new ProtectionMetrics();
  const interventions = new InterventionMetrics();
  const syncs = new SyncMetrics(clock);
  const listenerErrors = counter('svclane_listener_errors_total', 'Failures to bind a frontend, retries included.');
  const captureErrors = counter('svclane_capture_errors_total', 'Failures to capture Service addresses in the kernel.');
  const workerLosses = counter('svclane_worker_losses_total', 'Workers beside the first one that died.');
  const health = { healthz: healthCounter('healthz'), livez: healthCounter('livez') };
  const subscriptions = [
    on(channels.flowOpened, (flow) => traffic.opened(flow)),
    on(channels.flowConnected, (flow) => traffic.connected(flow)),
    on(channels.flowEnded, (flow) => {
      traffic.ended(flow);
      protection.flowEnded(flow);
    }),
    on(channels.dialFailed, (message) => traffic.dialFailed(message)),
    on(channels.datagramDropped, (message) => traffic.datagramDropped(message)),
    on(channels.endpointEjected, (ejection) => protection.ejected(ejection)),
    on(channels.ejectionSuspended, () => protection.suspended()),
    on(channels.waitEnded, (message) => protection.waited(message)),
    on(channels.acceptPaused, (message) => protection.acceptPaused(message)),
    on(channels.overrideSet, () => interventions.set('override')),
    on(channels.overrideEnded, () => interventions.ended('override')),
    on(channels.faultSet, () => interventions.set('fault')),
    on(channels.faultEnded, () => interventions.ended('fault')),
    on(channels.workerLost, () => increment(workerLosses)),
    on(channels.queued, (message) => syncs.queued(message)),
    on(channels.sync, (message) => syncs.synced(message)),
    on(channels.listenerFailed, () => increment(listenerErrors)),
    on(channels.capture, ({ error }) => error && increment(captureErrors)),
    on(channels.healthAnswered, ({ endpoint, status }) => increment(health[endpoint], String(status))),
  ];
  return {
    events: [
      protection,
      interventions,
      syncs,
      listenerErrors,
      captureErrors,
      workerLosses,
      health.healthz,
      health.livez,
    ],
    unsubscribe() {
      for (const end of subscriptions) end();
    },
  };
}

function increment(family: MetricFamily, ...values: readonly string[]): void {
  family.with(...values).value += 1;
}

function counter(name: string, help: string): MetricFamily {
  return new MetricFamily({ name, help, type: 'counter' });
}

/** Source: kube-proxy metrics `proxy_healthz_total` and `proxy_livez_total`, which are there from the start. */
function healthCounter(endpoint: 'healthz' | 'livez'): MetricFamily {
  return new MetricFamily({
    name: `kubeproxy_proxy_${endpoint}_total`,
    help: `Answers of /${endpoint}, by status.`,
    type: 'counter',
    labels: ['code'],
  }).startWith('200', '503');
}

function on<T>(channel: TypedChannel<T>, listener: (message: T) => void): () => void {
  channel.subscribe(listener);
  return () => channel.unsubscribe(listener);
}
