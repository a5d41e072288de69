/**
 * The metrics: every diagnostics channel, counted, and rendered when it is scraped.
 */

import { channels, type TypedChannel } from './channels.ts';
import { MetricFamily } from './metrics.ts';
import { ProtectionMetrics } from './protection-metrics.ts';
import { StateMetrics, type StateMetricsOptions } from './state-metrics.ts';
import { SyncMetrics } from './sync-metrics.ts';
import { TrafficMetrics } from './traffic-metrics.ts';

/** The metrics of one daemon. `close` ends the counting. */
export interface Metrics {
  /** Everything in the Prometheus text format. */
  renderMetrics(): string;
  close(): void;
}

/** Counts what the channels tell from here on. The functions given are called when metrics are rendered. */
export function createMetrics(options: StateMetricsOptions): Metrics {
  const traffic = new TrafficMetrics();
  const protection = new ProtectionMetrics();
  const syncs = new SyncMetrics(options.clock);
  const state = new StateMetrics(options);
  const listenerErrors = new MetricFamily({
    name: 'svclane_listener_errors_total',
    help: 'Failures to bind the address of a frontend, retries included.',
    type: 'counter',
  });
  const healthz = healthCounter('healthz');
  const livez = healthCounter('livez');

  const subscriptions = [
    on(channels.flowOpened, (flow) => traffic.opened(flow)),
    on(channels.flowEnded, (flow) => {
      traffic.ended(flow);
      protection.flowEnded(flow);
    }),
    on(channels.endpointEjected, (ejection) => protection.ejected(ejection)),
    on(channels.ejectionSuspended, () => protection.suspended()),
    on(channels.waitEnded, (message) => protection.waited(message)),
    on(channels.dialFailed, (message) => traffic.dialFailed(message)),
    on(channels.datagramDropped, (message) => traffic.datagramDropped(message)),
    on(channels.queued, (message) => syncs.queued(message)),
    on(channels.sync, (message) => {
      syncs.synced(message);
      const gone = message.diff.services.filter((key) => !message.table.services.has(key));
      if (gone.length > 0) traffic.forget(new Set(gone));
    }),
    on(channels.listenerFailed, () => {
      listenerErrors.with().value++;
    }),
    on(channels.healthAnswered, ({ endpoint, status }) => {
      (endpoint === 'healthz' ? healthz : livez).with(String(status)).value++;
    }),
  ];

  const parts = [traffic, protection, syncs, state, listenerErrors, healthz, livez];
  return {
    renderMetrics: () => parts.map((part) => part.render()).join(''),
    close() {
      for (const unsubscribe of subscriptions) unsubscribe();
      state.close();
    },
  };
}

/** Source: kube-proxy metrics `proxy_healthz_total` and `proxy_livez_total`, which are there from the start. */
function healthCounter(endpoint: 'healthz' | 'livez'): MetricFamily {
  const family = new MetricFamily({
    name: `kubeproxy_proxy_${endpoint}_total`,
    help: `Answers of /${endpoint}, by status.`,
    type: 'counter',
    labels: ['code'],
  });
  for (const code of ['200', '503']) family.with(code);
  return family;
}

function on<T>(channel: TypedChannel<T>, listener: (message: T) => void): () => void {
  channel.subscribe(listener);
  return () => channel.unsubscribe(listener);
}
