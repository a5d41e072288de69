/**
 * The daemon's health, fed by the channels: what /healthz, /livez, /readyz and the watchdog answer from.
 */

import type { Check, HealthView } from '../admin/health-server.ts';
import { ProxyHealth } from '../admin/proxy-health.ts';
import type { Clock } from '../lib/clock.ts';
import { IP_FAMILIES } from '../model/address.ts';
import type { Source } from '../model/source.ts';
import { channels } from '../observability/channels.ts';
import type { ListenerSet } from '../proxy/listener-set.ts';
import type { ClusterState } from '../routing/cluster-state.ts';
import type { ControlLoop } from './control-loop.ts';
import { createEventLoopLag, watchAgeOf } from './watch-health.ts';

export interface DaemonHealthOptions {
  readonly clock: Clock;
  readonly source: Pick<Source, 'status'>;
  readonly state: ClusterState;
  readonly loop: Pick<ControlLoop, 'listed'>;
  readonly listeners: Pick<ListenerSet, 'failedCount'>;
}

/** `close` unsubscribes. */
export interface DaemonHealth {
  readonly view: HealthView;
  isAlive(): boolean;
  close(): void;
}

/** Starts to follow the channels at once. */
export function createDaemonHealth({ clock, source, state, loop, listeners }: DaemonHealthOptions): DaemonHealth {
  const health = new ProxyHealth({ clock, watchAge: () => watchAgeOf(source.status(), clock.now()) });
  const lag = createEventLoopLag(clock);
  let synced = false;
  const onQueued = (): void => {
    if (loop.listed()) for (const family of IP_FAMILIES) health.queued(family);
  };
  const onSync = (): void => {
    synced = true;
    for (const family of IP_FAMILIES) health.updated(family);
    followNode();
  };
  const followNode = (): void => {
    const { node, nodeDeleted } = state.snapshot();
    if (node) health.nodeChanged(nodeDeleted ? undefined : node);
  };
  channels.queued.subscribe(onQueued);
  channels.sync.subscribe(onSync);

  const readyChecks = (): readonly Check[] => [
    { name: 'sync', ok: synced, detail: synced ? '' : 'the first table is not there yet' },
    listenersCheck(listeners.failedCount),
  ];
  return {
    view: { health, liveChecks: () => [lag.check()], readyChecks },
    isAlive: () => health.isHealthy,
    close() {
      channels.queued.unsubscribe(onQueued);
      channels.sync.unsubscribe(onSync);
      lag.close();
    },
  };
}

function listenersCheck(failed: number): Check {
  return {
    name: 'listeners',
    ok: failed === 0,
    detail: failed === 0 ? '' : `${failed} cannot be bound: svclane get routes`,
  };
}
