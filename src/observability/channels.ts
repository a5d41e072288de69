/**
 * Every diagnostics channel: its name and the type of its messages.
 *
 * Publishers guard hot paths by `hasSubscribers`. Logging and metrics are subscribers; the planes import neither.
 */

import { type Channel, channel } from 'node:diagnostics_channel';
import type { Ejection, RestoreReason, Suspension } from '../model/ejection.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { Fault } from '../model/fault.ts';
import type { FailedTry, Flow } from '../model/flow.ts';
import type { InterventionEnd } from '../model/intervention.ts';
import type { Override } from '../model/override.ts';
import type { Frontend, RoutingTable, ServicePort, TableDiff } from '../model/route.ts';
import type { Rejection, ResourceStatus } from '../model/source.ts';

/** A channel whose messages have one type. */
export interface TypedChannel<T> {
  readonly hasSubscribers: boolean;
  publish(message: T): void;
  subscribe(listener: (message: T) => void): void;
  unsubscribe(listener: (message: T) => void): void;
}

/** A new table is in force: listeners follow it. `triggerTimesMs`: from the slices' last-change-trigger-time. */
export interface SyncMessage {
  readonly table: RoutingTable;
  readonly diff: TableDiff;
  readonly durationMs: number;
  /** How many object changes went into it. */
  readonly serviceChanges: number;
  readonly endpointChanges: number;
  readonly triggerTimesMs: readonly number[];
}

export interface ListenerMessage {
  readonly frontend: Frontend;
  readonly servicePort: ServicePort;
  readonly boundAddress: string;
  readonly boundPort: number;
}

export interface ListenerFailedMessage extends ListenerMessage {
  readonly error: Error;
  readonly retryInMs: number;
}

export interface DialFailedMessage extends FailedTry {
  readonly flow: Flow;
}

export interface EndpointRestoredMessage {
  readonly servicePort: ServicePort;
  readonly endpoint: Endpoint;
  readonly why: RestoreReason;
}

export interface ResourceMessage {
  readonly status: ResourceStatus;
}

/** One of our own HTTP servers. `service` is `namespace/name` for a healthCheckNodePort, else "". */
export interface HttpServerMessage {
  readonly server: 'health' | 'metrics' | 'service-health' | 'admin';
  readonly address: string;
  readonly service: string;
}

export interface HttpServerFailedMessage extends HttpServerMessage {
  readonly error: Error;
  readonly retryInMs: number;
}

/** A worker beside main has died; it is started anew. */
export interface WorkerLostMessage {
  readonly worker: number;
  readonly error: Error;
  readonly retryInMs: number;
}

/** `message` names the address and the errno. */
export interface WorkerListenFailedMessage {
  readonly worker: number;
  readonly message: string;
  readonly retryInMs: number;
}

/** A change that was asked of the admin API, and what became of it. */
export interface ChangeMessage {
  readonly requestId: string;
  /** `token` = whoever has it; `nobody` = it was refused for want of one, or of the right to. */
  readonly who: 'token' | 'nobody';
  /** `127.0.0.1:50312`, or `unix`. */
  readonly peer: string;
  /** `drainEndpoint`: the operation in the API's document; the method where there is none. */
  readonly action: string;
  /** The path. */
  readonly target: string;
  readonly outcome: 'accepted' | 'refused' | 'failed';
  readonly status: number;
  /** Of the problem; "" = none. */
  readonly code: string;
}

/** An override or a fault is in force. `untilMs`: ms since the epoch. */
export interface InterventionSetMessage<T> {
  readonly value: T;
  readonly untilMs: number;
}

/** It is in force no more. */
export interface InterventionEndedMessage<T> {
  readonly value: T;
  readonly why: InterventionEnd;
}

export const channels = {
  /** A client came; its endpoint may not be known yet. Also one that is turned away at once: each flow has one `flowEnded`. */
  flowOpened: typed<Flow>('svclane:flow:opened'),
  /** A TCP flow's dial has succeeded: `connectMs` is there. */
  flowConnected: typed<Flow>('svclane:flow:connected'),
  flowEnded: typed<Flow>('svclane:flow:ended'),
  dialFailed: typed<DialFailedMessage>('svclane:dial:failed'),
  endpointEjected: typed<Ejection>('svclane:endpoint:ejected'),
  endpointRestored: typed<EndpointRestoredMessage>('svclane:endpoint:restored'),
  /** Published when it begins. */
  ejectionSuspended: typed<Suspension>('svclane:ejection:suspended'),
  /** A client that was held for want of an endpoint waits no more: it got one (`served`), or not. */
  waitEnded: typed<{ readonly flow: Flow; readonly waitedMs: number; readonly served: boolean }>('svclane:wait:ended'),
  /** A datagram that was not forwarded. */
  datagramDropped: typed<{ readonly frontend: Frontend; readonly reason: string }>('svclane:datagram:dropped'),
  listenerBound: typed<ListenerMessage>('svclane:listener:bound'),
  listenerClosed: typed<ListenerMessage>('svclane:listener:closed'),
  listenerFailed: typed<ListenerFailedMessage>('svclane:listener:failed'),
  /** Accepting stopped for lack of file descriptors (`paused`), or goes on. */
  acceptPaused: typed<{ readonly paused: boolean; readonly errno: string }>('svclane:accept:paused'),
  /** A worker beside main takes clients. */
  workerStarted: typed<{ readonly worker: number }>('svclane:worker:started'),
  workerLost: typed<WorkerLostMessage>('svclane:worker:lost'),
  /** A worker beside main cannot share an address; main serves there. */
  workerListenFailed: typed<WorkerListenFailedMessage>('svclane:worker:listen-failed'),
  /** More workers than one are configured, and one serves; `reason` says why. */
  workersUnused: typed<{ readonly workers: number; readonly reason: string }>('svclane:worker:unused'),
  sync: typed<SyncMessage>('svclane:sync'),
  /** A change waits for the next sync; published once per wait. */
  queued: typed<{ readonly atMs: number }>('svclane:queued'),
  rejected: typed<Rejection>('svclane:object:rejected'),
  /** A watched kind changed its state, relisted, restarted or failed. */
  resource: typed<ResourceMessage>('svclane:source:resource'),
  /** What a person does to flows for a time; published after it is in force, or no more. */
  overrideSet: typed<InterventionSetMessage<Override>>('svclane:override:set'),
  overrideEnded: typed<InterventionEndedMessage<Override>>('svclane:override:ended'),
  faultSet: typed<InterventionSetMessage<Fault>>('svclane:fault:set'),
  faultEnded: typed<InterventionEndedMessage<Fault>>('svclane:fault:ended'),
  /** One of our own HTTP servers accepts, or cannot be bound and is tried again. */
  httpServerBound: typed<HttpServerMessage>('svclane:http:bound'),
  httpServerFailed: typed<HttpServerFailedMessage>('svclane:http:failed'),
  /** A request to our own HTTP servers failed inside: a bug of ours. */
  httpRequestFailed: typed<{ readonly url: string; readonly error: Error }>('svclane:http:request-failed'),
  /** Published before the answer is sent. */
  changeRequested: typed<ChangeMessage>('svclane:change:requested'),
  /** /healthz or /livez was answered. */
  healthAnswered: typed<{ readonly endpoint: 'healthz' | 'livez'; readonly status: number }>('svclane:health:answered'),
  capture: typed<{ readonly message: string; readonly error?: Error }>('svclane:capture'),
};

function typed<T>(name: string): TypedChannel<T> {
  const raw: Channel<unknown, unknown> = channel(name);
  type Listener = (message: unknown, name: string | symbol) => void;
  return {
    get hasSubscribers() {
      return raw.hasSubscribers;
    },
    publish: (message) => raw.publish(message),
    subscribe: (listener) => raw.subscribe(listener as Listener),
    unsubscribe: (listener) => raw.unsubscribe(listener as Listener),
  };
}
