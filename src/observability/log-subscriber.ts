/**
 * The log: every diagnostics channel, written as lines. `reason` is UpperCamel and stable; names are `ns/name:port`.
 *
 * Flows are written as `accessLog` says; what concerns the daemon itself always is. Floods are cut: of one reason and
 * Service at most so many lines in a window, and a line that says how many were left out.
 */

import type { Config } from '../config/config.ts';
import type { Clock } from '../lib/clock.ts';
import { channels, type HttpServerFailedMessage, type SyncMessage, type TypedChannel } from './channels.ts';
import { EjectionLog } from './ejection-log.ts';
import { FloodGate } from './flood-gate.ts';
import { FlowLog } from './flow-log.ts';
import { InterventionLog } from './intervention-log.ts';
import { ListenerLog } from './listener-log.ts';
import type { Logger } from './logging.ts';
import { ObjectLog } from './object-log.ts';
import { SourceLog } from './source-log.ts';

const WINDOW_MS = 10_000;
const LINES_PER_KEY = 20;
const LINES_IN_ALL = 500;
/** Lanes that begin to listen within a window, at info. */
const LANE_LINES = 100;

export interface LogSubscriberOptions {
  /** Asked for each line, so that a reload applies at once. */
  readonly accessLog: () => Config['logging']['accessLog'];
  readonly clock: Clock;
}

/** Writes what the channels tell from here on, until the function that it returns is called. */
export function subscribeLog(logger: Logger, { accessLog, clock }: LogSubscriberOptions): () => void {
  const gate = new FloodGate({
    clock,
    windowMs: WINDOW_MS,
    perKey: LINES_PER_KEY,
    total: LINES_IN_ALL,
    onSuppressed: (lines, windowMs) =>
      logger.warn({ reason: 'LinesSuppressed', lines, seconds: windowMs / 1000 }, 'similar lines were left out'),
  });
  const laneGate = new FloodGate({
    clock,
    windowMs: WINDOW_MS,
    perKey: LANE_LINES,
    total: LANE_LINES,
    onSuppressed: (lanes) =>
      logger.info({ reason: 'LinesSuppressed', lanes }, 'more lanes listen; each is told at debug'),
  });
  let generation = 0;
  const flows = new FlowLog({ logger, gate, accessLog, clock, generation: () => generation });
  const listeners = new ListenerLog(logger, gate, laneGate);
  const ejections = new EjectionLog(logger, gate);
  const interventions = new InterventionLog(logger);
  const objects = new ObjectLog(logger);
  const sources = new SourceLog(logger);

  const subscriptions = [
    on(channels.flowOpened, (flow) => flows.opened(flow)),
    on(channels.flowEnded, (flow) => flows.ended(flow)),
    on(channels.dialFailed, (message) => flows.dialFailed(message)),
    on(channels.datagramDropped, (message) => flows.datagramDropped(message)),
    on(channels.endpointEjected, (ejection) => ejections.ejected(ejection)),
    on(channels.endpointRestored, (message) => ejections.restored(message)),
    on(channels.ejectionSuspended, (suspension) => ejections.suspended(suspension)),
    on(channels.overrideSet, (message) => interventions.overrideSet(message)),
    on(channels.overrideEnded, (message) => interventions.overrideEnded(message)),
    on(channels.faultSet, (message) => interventions.faultSet(message)),
    on(channels.faultEnded, (message) => interventions.faultEnded(message)),
    on(channels.listenerBound, (message) => listeners.bound(message)),
    on(channels.listenerClosed, (message) => listeners.closed(message)),
    on(channels.listenerFailed, (message) => listeners.failed(message)),
    on(channels.rejected, (rejection) => objects.rejected(rejection)),
    on(channels.resource, ({ status }) => sources.changed(status)),
    on(channels.sync, (message) => {
      generation = message.table.generation;
      objects.synced(message);
      logSync(logger, message);
    }),
    on(channels.workerStarted, ({ worker }) =>
      logger.info({ reason: 'WorkerStarted', worker }, 'a worker takes clients'),
    ),
    on(channels.workerLost, ({ worker, error, retryInMs }) =>
      logger.error(
        { reason: 'WorkerLost', worker, err: error.message, retryInMs },
        'a worker died; another one starts',
      ),
    ),
    on(channels.workerListenFailed, ({ worker, message, retryInMs }) => {
      if (!gate.allow(`worker ${worker}`)) return;
      logger.warn(
        { reason: 'WorkerListenFailed', worker, err: message, retryInMs },
        'a worker cannot share an address',
      );
    }),
    on(channels.workersUnused, ({ workers, reason }) =>
      logger.warn({ reason: 'WorkersUnused', workers, why: reason }, 'one worker serves'),
    ),
    on(channels.acceptPaused, ({ paused, errno }) => {
      if (paused) logger.error({ reason: 'AcceptPaused', err: errno }, 'out of file descriptors: new clients wait');
      else logger.info({ reason: 'AcceptResumed' }, 'new clients are accepted again');
    }),
    on(channels.capture, ({ message, error }) => {
      if (error) logger.error({ reason: 'CaptureFailed', err: error.message }, message);
      else logger.info({ reason: 'Capture' }, message);
    }),
    on(channels.httpServerBound, ({ server, address, service }) =>
      logger.info({ reason: 'ServerBound', server, address, ...(service === '' ? {} : { svc: service }) }, 'listening'),
    ),
    on(channels.httpServerFailed, (message) => logServerFailed(logger, message)),
    on(channels.httpRequestFailed, ({ url, error }) =>
      logger.error({ reason: 'RequestFailed', url, err: error.stack ?? error.message }, 'a request failed inside'),
    ),
  ];

  return () => {
    for (const unsubscribe of subscriptions) unsubscribe();
    gate.close();
    laneGate.close();
  };
}

/** The first table at info; later ones, which come with each change, at debug. */
function logSync(logger: Logger, { table, durationMs, serviceChanges, endpointChanges }: SyncMessage): void {
  const level = table.generation <= 1 ? 'info' : 'debug';
  if (!logger.isLevelEnabled(level)) return;
  const facts = { services: table.services.size, routes: table.routes.size, serviceChanges, endpointChanges };
  logger[level](
    { reason: 'Synced', rev: table.generation, ...facts, ms: Math.round(durationMs) },
    'the table is in force',
  );
}

/** Source: the event that kube-proxy writes for a healthCheckNodePort it cannot serve. */
function logServerFailed(
  logger: Logger,
  { server, address, service, error, retryInMs }: HttpServerFailedMessage,
): void {
  const reason = server === 'service-health' ? 'FailedToStartServiceHealthcheck' : 'ServerFailed';
  const svc = service === '' ? {} : { svc: service };
  logger.warn({ reason, server, address, ...svc, err: error.message, retryInMs }, 'cannot listen; it is tried again');
}

function on<T>(channel: TypedChannel<T>, listener: (message: T) => void): () => void {
  channel.subscribe(listener);
  return () => channel.unsubscribe(listener);
}
