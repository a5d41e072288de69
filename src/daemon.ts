/**
 * The daemon: everything wired, started in order, and closed in the reverse order.
 *
 *   source ─▶ control loop ─▶ table ─▶ picker, listeners (capture, transport), healthCheckNodePort servers
 *                               └────▶ admin, health and metrics servers read it
 *
 * A daemon that takes over from another one opens nothing before its first table is built: until then the other one serves.
 */

import { extname } from 'node:path';
import { createServiceHealth } from './admin/service-health.ts';
import { createPicker } from './balancing/create-picker.ts';
import type { Config } from './config/config.ts';
import { type ConfigDiff, diffConfig, reloadedConfig } from './config/diff-config.ts';
import { createAdminView } from './daemon/admin-view.ts';
import { algorithmChooser } from './daemon/algorithm-of.ts';
import { createControlLoop } from './daemon/control-loop.ts';
import type { Daemon, DaemonDeps } from './daemon/daemon-contract.ts';
import { endDaemon, endWithSuccessor } from './daemon/daemon-end.ts';
import { createDaemonHealth } from './daemon/daemon-health.ts';
import { inheritInterventions, interventionRows } from './daemon/hand-on-interventions.ts';
import type { Inheritance } from './daemon/inheritance.ts';
import { createInterventions } from './daemon/interventions.ts';
import { createNameServers, type NamesBindings } from './daemon/name-servers.ts';
import { createNodeContextBuilder } from './daemon/node-context.ts';
import { createOwnServers, startOnce } from './daemon/own-servers.ts';
import { followServiceHealth } from './daemon/service-health-sync.ts';
import { TableGate } from './daemon/table-gate.ts';
import { workersOf } from './daemon/workers-of.ts';
import { createNodeAddresses } from './host/node-addresses.ts';
import { SocketExchange } from './lib/socket-exchange.ts';
import type { NodeContext, RoutingTable, TableDiff } from './model/route.ts';
import type { HandedOn } from './model/soft-state.ts';
import { createMetrics } from './observability/metrics-subscriber.ts';
import type { CarryReply } from './proxy/listener.ts';
import { createSharedListenerSet } from './proxy/workers/create-shared-listener-set.ts';
import { classifyClient } from './routing/client-class.ts';
import { createClusterState } from './routing/cluster-state.ts';
import { createHistory } from './routing/create-history.ts';
import { diffServicePorts } from './routing/diff.ts';
import { serviceHealthAddresses } from './routing/node-port-addresses.ts';

/** Clients that session affinity remembers, over all Services; some 200 bytes each. */
const MAX_AFFINITY_ENTRIES = 100_000;

/** The program of a worker beside this one: TypeScript in the checkout, JavaScript where it is installed. */
const WORKER_THREAD = new URL(`./daemon/worker-thread${extname(import.meta.url)}`, import.meta.url);

/** Creates a daemon; nothing is opened before `start`. */
export function createDaemon(initial: Config, deps: DaemonDeps): Daemon {
  const { clock, source, capture, transport, random, version, onError, inheritance } = deps;
  const { sockets = new SocketExchange() } = deps;
  let config = initial;
  const startedAtMs = clock.now();
  const state = createClusterState({
    serviceProxyName: config.serviceProxyName,
    startedAtMs,
    keepHeadless: config.lanes.length > 0 || deps.names !== undefined,
  });
  const contexts = createNodeContextBuilder();
  const addresses = createNodeAddresses({ clock, onChange: () => loop.rebuild() });
  const algorithmOf = algorithmChooser(() => config);
  const picker = createPicker({ clock, random, algorithmOf, maxAffinityEntries: MAX_AFFINITY_ENTRIES });
  const interventions = createInterventions({ clock, random });
  const listeners = createSharedListenerSet({
    workers: workersOf(config),
    thread: WORKER_THREAD,
    interventions,
    capture,
    transport,
    picker,
    clock,
    settings: config.defaults,
    services: config.services,
    sockets,
    classify: (address) => classifyClient(address, node),
  });
  const names =
    deps.names &&
    createNameServers({
      ...deps.names,
      table: () => loop.table(),
      adopt: (...wish) => listeners.adopt(...wish),
      clock,
    });
  const nodeContext = (): NodeContext => {
    const snapshot = state.snapshot();
    names?.follow(snapshot);
    return contexts.build(config, snapshot.node, addresses.current(), names?.hosts);
  };
  const history = deps.history ?? createHistory({ ...config.history, serviceProxyName: config.serviceProxyName });
  const lastGeneration = history.newest?.generation ?? 0;
  const loop = createControlLoop({ kinds: source.kinds, clock, state, nodeContext, lastGeneration, apply, onError });
  /** That of the table which the listeners follow: while one is applied, the next one's already. */
  let { node } = loop.table();
  const health = createDaemonHealth({ clock, source, state, loop, listeners });
  const serviceHealth = createServiceHealth({
    addresses: () => serviceHealthAddresses(config.frontends.nodePortAddresses, node.nodePortIPs),
    proxyHealthy: () => health.view.health.isHealthy,
    clock,
    sockets,
  });
  const syncServiceHealth = followServiceHealth(serviceHealth);
  const metrics = createMetrics({
    ...config.metrics,
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
    history,
    listeners,
    interventions,
    algorithmOf,
    transport,
    reload: deps.reload,
  });
  const servers = createOwnServers(config, { view, health: health.view, metrics }, { clock, sockets });
  const serve = startOnce(servers);
  const gate = new TableGate();
  const rest = [interventions, addresses, view, metrics, health];
  const parts = { source, loop, gate, names, listeners, capture, serviceHealth, servers, rest, onError };
  const opened = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  let namesAt: NamesBindings = {};
  let closing: Promise<void> | undefined;
  let inherited: Promise<void> | undefined;

  function apply(diff: TableDiff, table: RoutingTable): Promise<void> {
    return gate.pass(async () => {
      if (inheritance) {
        inherited ??= inherit(inheritance);
        await inherited;
      }
      await putInForce(diff, table);
    });
  }

  async function putInForce(diff: TableDiff, table: RoutingTable): Promise<void> {
    node = table.node;
    picker.sync(diffServicePorts(loop.table(), table));
    await listeners.apply(diff, table);
    await syncServiceHealth(diff, table);
  }

  /** Once, right before the first table is put in force. */
  async function inherit({ claim }: Inheritance): Promise<void> {
    try {
      const handedOn = await claim(capture.type);
      listeners.inherit(handedOn, handedOn.lent);
      if (config.admin.allowInterventions) inheritInterventions(interventions, handedOn);
      await capture.open();
      opened.resolve();
    } catch (error) {
      opened.reject(error);
      throw error;
    }
  }

  /** Our own servers answer first, since the source may take long; after a predecessor last, when there is something to tell. */
  async function start(): Promise<void> {
    if (!inheritance) {
      await capture.open();
      if (!deps.servesLater) await serve();
      opened.resolve();
    }
    source.start(loop.sink);
    await opened.promise;
    await loop.firstSync;
    if (inheritance) await serve();
    namesAt = (await names?.open()) ?? {};
    sockets.endInheritance();
  }

  function reload(next: Config): ConfigDiff {
    const diff = diffConfig(config, next);
    config = reloadedConfig(config, next);
    history.setBounds(config.history, clock.now());
    listeners.updateSettings(config.defaults, config.services).catch(onError);
    loop.rebuild();
    return diff;
  }

  async function hold(): Promise<HandedOn> {
    await gate.hold();
    const lent = await listeners.lend();
    return { ...listeners.softState(), ...interventionRows(interventions), lent };
  }

  async function resume(): Promise<void> {
    sockets.forgetGiven();
    try {
      await capture.restore();
      await Promise.all(servers.map((server) => server.restore()));
    } finally {
      gate.resume();
    }
  }

  async function end(graceMs: number): Promise<void> {
    await endDaemon(parts, graceMs, () => !inheritance || inheritance.isOver());
    ended.resolve();
  }

  function close({ graceMs = 0 }: { readonly graceMs?: number } = {}): Promise<void> {
    if (closing && graceMs === 0) listeners.close({ graceMs }).catch(onError);
    closing ??= end(graceMs);
    return closing;
  }

  function handOver({ graceMs, carry }: { readonly graceMs: number; readonly carry: CarryReply }): Promise<void> {
    closing ??= endWithSuccessor(parts, graceMs, carry).then(() => ended.resolve());
    return closing;
  }

  return {
    start,
    serve,
    reload,
    close,
    hold,
    resume,
    handOver,
    reply: (...reply) => listeners.reply(...reply),
    closed: ended.promise,
    table: loop.table,
    counts: () => listeners.counts,
    sourceStatus: () => source.status(),
    captureType: capture.type,
    get namesAt() {
      return namesAt;
    },
    interventions: () => ({ overrides: interventions.overrides.size, faults: interventions.faults.size }),
    isAlive: () => health.isAlive(),
    [Symbol.asyncDispose]: () => close(),
  };
}
