/**
 * The daemon: everything wired, started in order, and closed in the reverse order.
 *
 *   source ─▶ control loop ─▶ table ─▶ picker, listeners (capture, transport), healthCheckNodePort servers
 *                               └────▶ admin, health and metrics servers read it
 */

import { createAdminServer } from './admin/admin-server.ts';
import { createHealthServer } from './admin/health-server.ts';
import { createMetricsServer } from './admin/metrics-server.ts';
import type { AdminServer } from './admin/serve-app.ts';
import { createServiceHealth } from './admin/service-health.ts';
import { createPicker } from './balancing/create-picker.ts';
import type { Config } from './config/config.ts';
import { type ConfigDiff, diffConfig, reloadedConfig } from './config/diff-config.ts';
import { createAdminView } from './daemon/admin-view.ts';
import { algorithmChooser } from './daemon/algorithm-of.ts';
import { createControlLoop } from './daemon/control-loop.ts';
import { createDaemonHealth } from './daemon/daemon-health.ts';
import { createNodeContextBuilder } from './daemon/node-context.ts';
import { followServiceHealth } from './daemon/service-health-sync.ts';
import { createNodeAddresses } from './host/node-addresses.ts';
import type { Clock } from './lib/clock.ts';
import type { Capture } from './model/capture.ts';
import type { RoutingTable, TableDiff } from './model/route.ts';
import type { Source, SourceStatus } from './model/source.ts';
import type { Transport } from './model/transport.ts';
import { createMetrics } from './observability/metrics-subscriber.ts';
import { createListenerSet } from './proxy/create-listener-set.ts';
import type { ListenerSetCounts } from './proxy/listener-set.ts';
import { classifyClient } from './routing/client-class.ts';
import { createClusterState } from './routing/cluster-state.ts';
import { diffServicePorts } from './routing/diff.ts';
import { serviceHealthAddresses } from './routing/node-port-addresses.ts';

/** Clients that session affinity remembers, over all Services; some 200 bytes each. */
const MAX_AFFINITY_ENTRIES = 100_000;

/** What a daemon is made of beside its configuration. It closes `source` and `capture`. */
export interface DaemonDeps {
  readonly source: Source;
  readonly capture: Capture;
  readonly transport: Transport;
  readonly clock: Clock;
  /** [0, 1). */
  readonly random: () => number;
  readonly version: string;
  /** Something failed that should not: a bug of ours, or a fault of the machine. Serving goes on. */
  readonly onError: (error: unknown) => void;
}

/** A daemon's life. `start` resolves when the first table is in force; `close` is idempotent. */
export interface Daemon extends AsyncDisposable {
  start(): Promise<void>;
  /** Follows what can be followed without a restart; the diff says which keys those are. */
  reload(config: Config): ConfigDiff;
  /** No new flows, then up to `graceMs` for the ones that live, then the end. A later call with 0 cuts the wait short. */
  close(options?: { readonly graceMs?: number }): Promise<void>;
  /** Resolves when the daemon has ended. */
  readonly closed: Promise<void>;
  table(): RoutingTable;
  counts(): ListenerSetCounts;
  sourceStatus(): SourceStatus;
  /** Whether the event loop runs and syncs keep up: what the watchdog asks. */
  isAlive(): boolean;
}

/** Creates a daemon; nothing is opened before `start`. */
export function createDaemon(initial: Config, deps: DaemonDeps): Daemon {
  const { clock, source, capture, transport, random, version, onError } = deps;
  let config = initial;
  const startedAtMs = clock.now();
  const state = createClusterState({
    serviceProxyName: config.serviceProxyName,
    startedAtMs,
    keepHeadless: config.lanes.length > 0,
  });
  const contexts = createNodeContextBuilder();
  const addresses = createNodeAddresses({ clock, onChange: () => loop.rebuild() });
  const algorithmOf = algorithmChooser(() => config);
  const picker = createPicker({ clock, random, algorithmOf, maxAffinityEntries: MAX_AFFINITY_ENTRIES });
  const listeners = createListenerSet({
    capture,
    transport,
    picker,
    clock,
    settings: config.defaults,
    services: config.services,
    classify: (address) => classifyClient(address, node),
  });
  const nodeContext = () => contexts.build(config, state.snapshot().node, addresses.current());
  const loop = createControlLoop({ kinds: source.kinds, clock, state, nodeContext, apply, onError });
  /** That of the table which the listeners follow: while one is applied, the next one's already. */
  let { node } = loop.table();
  const health = createDaemonHealth({ clock, source, state, loop, listeners });
  const serviceHealth = createServiceHealth({
    addresses: () => serviceHealthAddresses(config.frontends.nodePortAddresses, node.nodePortIPs),
    proxyHealthy: () => health.view.health.isHealthy,
    clock,
  });
  const syncServiceHealth = followServiceHealth(serviceHealth);
  const metrics = createMetrics({
    version,
    clock,
    counts: () => listeners.counts,
    pending: () => state.pending,
    table: loop.table,
    source,
  });
  const view = createAdminView({
    version,
    startedAtMs,
    clock,
    source,
    capture,
    config: () => config,
    loop,
    listeners,
    algorithmOf,
  });
  const servers: AdminServer[] = createServers();
  const ended = Promise.withResolvers<void>();
  let closing: Promise<void> | undefined;

  function createServers(): AdminServer[] {
    const { admin, health: healthConfig, metrics: metricsConfig } = config;
    return [
      ...(admin.listen === '' ? [] : [createAdminServer(view, { listen: admin.listen, clock })]),
      ...(healthConfig.bindAddress === '' ? [] : [createHealthServer(health.view, { ...healthConfig, clock })]),
      ...(metricsConfig.bindAddress === '' ? [] : [createMetricsServer(metrics, { ...metricsConfig, clock })]),
    ];
  }

  async function apply(diff: TableDiff, table: RoutingTable): Promise<void> {
    node = table.node;
    picker.sync(diffServicePorts(loop.table(), table));
    await listeners.apply(diff, table);
    await syncServiceHealth(diff, table);
  }

  async function start(): Promise<void> {
    await capture.open();
    await Promise.all(servers.map((server) => server.start()));
    source.start(loop.sink);
    await loop.firstSync;
  }

  function reload(next: Config): ConfigDiff {
    const diff = diffConfig(config, next);
    config = reloadedConfig(config, next);
    listeners.updateSettings(config.defaults, config.services).catch(onError);
    loop.rebuild();
    return diff;
  }

  /** In the reverse order of `start`; what is broken does not keep the rest from ending. */
  async function end(graceMs: number): Promise<void> {
    const steps: readonly (() => unknown)[] = [
      () => source.close(),
      () => loop.close(),
      () => listeners.close({ graceMs }),
      () => capture.close(),
      () => serviceHealth.close(),
      () => Promise.all(servers.map((server) => server.close())),
      () => addresses.close(),
      () => view.close(),
      () => metrics.close(),
      () => health.close(),
    ];
    for (const step of steps) {
      try {
        await step();
      } catch (error) {
        onError(error);
      }
    }
    ended.resolve();
  }

  function close({ graceMs = 0 }: { readonly graceMs?: number } = {}): Promise<void> {
    if (closing && graceMs === 0) listeners.close({ graceMs }).catch(onError);
    closing ??= end(graceMs);
    return closing;
  }

  return {
    start,
    reload,
    close,
    closed: ended.promise,
    table: loop.table,
    counts: () => listeners.counts,
    sourceStatus: () => source.status(),
    isAlive: () => health.isAlive(),
    [Symbol.asyncDispose]: () => close(),
  };
}
