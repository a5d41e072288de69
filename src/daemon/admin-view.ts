/**
 * What the admin API sees of the daemon: values of the moment.
 */

import { EventBook } from '../admin/event-book.ts';
import type { AdminView, LastChange, ListenerState } from '../admin/view.ts';
import { settingsOf } from '../config/build-config.ts';
import type { Config } from '../config/config.ts';
import { errnoOf } from '../errors.ts';
import type { Clock } from '../lib/clock.ts';
import type { Capture } from '../model/capture.ts';
import type { Route, ServicePort } from '../model/route.ts';
import type { Algorithm } from '../model/service.ts';
import type { Source } from '../model/source.ts';
import { channels, type SyncMessage } from '../observability/channels.ts';
import type { ListenerSet, ListenerStatus } from '../proxy/listener-set.ts';
import { DECISION_CODES, EXCLUSION_CODES } from '../routing/codes.ts';
import { decideRoute } from '../routing/decide-route.ts';
import { History } from '../routing/history.ts';
import type { ControlLoop } from './control-loop.ts';
import { endpointExclusions } from './endpoint-exclusions.ts';

/** What is kept of the past: it costs what changed, not what there is. */
const HISTORY_BOUNDS = { maxRevisions: 1_000, maxAgeMs: 24 * 3_600_000 };

const ALL_CODES = { ...DECISION_CODES, ...EXCLUSION_CODES };

export interface AdminViewOptions {
  readonly version: string;
  readonly startedAtMs: number;
  readonly clock: Clock;
  readonly source: Source;
  readonly capture: Capture;
  readonly config: () => Config;
  readonly loop: ControlLoop;
  readonly listeners: ListenerSet;
  readonly algorithmOf: (servicePort: ServicePort) => Algorithm;
}

/** The view, and the end of its following of tables. */
export interface DaemonAdminView extends AdminView {
  close(): void;
}

export function createAdminView(options: AdminViewOptions): DaemonAdminView {
  const { version, startedAtMs, clock, source, capture, config, loop, listeners, algorithmOf } = options;
  const changes = new Map<string, LastChange>();
  const onSync = ({ diff, table }: SyncMessage): void => {
    history.add(table, clock.now());
    for (const key of diff.services) {
      if (table.services.has(key)) changes.set(key, { generation: table.generation, atMs: clock.now() });
      else changes.delete(key);
    }
  };
  const history = new History(loop.table(), HISTORY_BOUNDS);
  const events = new EventBook(clock);
  channels.sync.subscribe(onSync);
  return {
    version,
    startedAtMs,
    mode: config().mode,
    now: () => clock.now(),
    config: () => settingsOf(config()),
    table: loop.table,
    listener: (frontend) => listenerState(listeners.status(frontend.key)),
    idleReason,
    flows: (frontend) => listeners.status(frontend.key)?.connections ?? 0,
    liveFlows: () => listeners.flows(),
    history,
    events,
    serviceProxyName: config().serviceProxyName,
    lastChange: (key) => changes.get(key),
    exclusions: () => endpointExclusions(listeners, loop.table()),
    algorithm: (route) => algorithmOf(route.servicePort),
    source: () => source.status(),
    capture: () => `${capture.type}: ${capture.reason}`,
    close() {
      channels.sync.unsubscribe(onSync);
      events.close();
    },
  };
}

function listenerState(status: ListenerStatus | undefined): ListenerState | undefined {
  if (!status) return undefined;
  const { state, boundAddress, boundPort, error } = status;
  return {
    state,
    bound: state === 'listening' ? { address: boundAddress, port: boundPort } : undefined,
    failure: error && { code: errnoOf(error.cause) ?? errnoOf(error) ?? 'SVL_LISTEN', message: error.message },
  };
}

/** What an outside client is told: the class with the fewest endpoints. */
function idleReason(route: Route): { code: string; message: string } {
  if (route.servicePort.protocol === 'SCTP') return { code: 'PORT_UNSUPPORTED', message: 'SCTP cannot be forwarded' };
  const { reason } = decideRoute(route, undefined, 'external');
  return { code: reason, message: ALL_CODES[reason] };
}
