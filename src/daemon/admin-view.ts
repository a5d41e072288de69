/**
 * What the admin API sees of the daemon: values of the moment.
 */

import { EventBook } from '../admin/event-book.ts';
import type { AdminView, LastChange, ListenerState, ReloadOutcome } from '../admin/view.ts';
import type { Interventions } from '../balancing/interventions.ts';
import { settingsOf } from '../config/build-config.ts';
import type { Config } from '../config/config.ts';
import { errnoOf } from '../errors.ts';
import type { Clock } from '../lib/clock.ts';
import type { Capture } from '../model/capture.ts';
import type { Route, ServicePort } from '../model/route.ts';
import type { Algorithm } from '../model/service.ts';
import type { Source } from '../model/source.ts';
import type { Transport } from '../model/transport.ts';
import { channels, type SyncMessage } from '../observability/channels.ts';
import type { ListenerSet, ListenerStatus } from '../proxy/listener-set.ts';
import { AVOIDANCE_CODES, DECISION_CODES, EXCLUSION_CODES } from '../routing/codes.ts';
import { decideRoute } from '../routing/decide-route.ts';
import type { History } from '../routing/history.ts';
import { createDirectTransport } from '../transport/direct.ts';
import type { ControlLoop } from './control-loop.ts';
import { endpointExclusions } from './endpoint-exclusions.ts';
import { createProber } from './probe-endpoints.ts';

const ALL_CODES = { ...DECISION_CODES, ...EXCLUSION_CODES };

export interface AdminViewOptions {
  readonly version: string;
  readonly startedAtMs: number;
  readonly clock: Clock;
  readonly source: Source;
  readonly capture: Capture;
  readonly config: () => Config;
  readonly loop: ControlLoop;
  /** Followed from here on; whoever made it keeps it. */
  readonly history: History;
  readonly listeners: ListenerSet;
  readonly interventions: Interventions;
  readonly algorithmOf: (servicePort: ServicePort) => Algorithm;
  /** For probes; absent = direct. */
  readonly transport?: Transport;
  /** Reads the configuration again and follows it; absent = there is nothing to read. Throws `SVL_CONFIG_…`. */
  readonly reload?: (() => Promise<ReloadOutcome>) | undefined;
}

/** The view, and the end of its following of tables. */
export interface DaemonAdminView extends AdminView {
  close(): void;
}

export function createAdminView(options: AdminViewOptions): DaemonAdminView {
  const { version, startedAtMs, clock, source, capture, config, loop, history, listeners, algorithmOf } = options;
  const changes = new Map<string, LastChange>();
  const onSync = ({ diff, table }: SyncMessage): void => {
    history.add(table, clock.now());
    for (const key of diff.services) {
      if (table.services.has(key)) changes.set(key, { generation: table.generation, atMs: clock.now() });
      else changes.delete(key);
    }
  };
  const events = new EventBook(clock);
  channels.sync.subscribe(onSync);
  return {
    version,
    startedAtMs,
    mode: config().mode,
    now: () => clock.now(),
    config: () => ({ ...settingsOf(config()) }),
    table: loop.table,
    listener: (frontend) => listenerState(listeners.status(frontend.key)),
    idleReason: (route) => idleReason(route, listeners),
    flows: (frontend) => listeners.status(frontend.key)?.connections ?? 0,
    liveFlows: async () => listeners.flows(),
    history,
    events,
    serviceProxyName: config().serviceProxyName,
    lastChange: (key) => changes.get(key),
    exclusions: () => endpointExclusions(listeners, loop.table()),
    algorithm: (route) => algorithmOf(route.servicePort),
    interventions: {
      overrides: options.interventions.overrides,
      faults: options.interventions.faults,
      allowed: () => config().admin.allowInterventions,
    },
    drainEndpoint: (servicePort, endpoint) => listeners.drainEndpoint(servicePort.key, endpoint.key),
    restoreEndpoint: (servicePort, endpoint) => listeners.restoreEndpoint(servicePort.key, endpoint.key),
    endFlow: async (id) => listeners.endFlow(id),
    probe: createProber(options.transport ?? createDirectTransport(), clock),
    reload: options.reload,
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

/** What an outside client is told: the class with the fewest endpoints. Where it has some, they are all drained. */
function idleReason(
  route: Route,
  listeners: Pick<ListenerSet, 'quarantined'>,
): { code: string; message: string } | undefined {
  if (route.servicePort.protocol === 'SCTP') return { code: 'PORT_UNSUPPORTED', message: 'SCTP cannot be forwarded' };
  const { action, reason } = decideRoute(route, undefined, 'external');
  if (action === 'forward') {
    const isDrained = [...listeners.quarantined()].some(([key]) => key === route.servicePort.key);
    return isDrained ? { code: 'EP_QUARANTINED', message: AVOIDANCE_CODES.EP_QUARANTINED } : undefined;
  }
  return { code: reason, message: ALL_CODES[reason] };
}
