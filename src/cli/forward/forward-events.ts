/**
 * What happens while a forward runs, as lines for people: pods that come and go, dials that fail, the API server away.
 */

import type { Ejection } from '../../model/ejection.ts';
import type { Flow } from '../../model/flow.ts';
import type { RoutingTable, ServicePort } from '../../model/route.ts';
import type { ResourceStatus } from '../../model/source.ts';
import {
  channels,
  type DialFailedMessage,
  type EndpointRestoredMessage,
  type ListenerFailedMessage,
  type SyncMessage,
} from '../../observability/channels.ts';
import { type BoundLane, laneText, servicePortOf } from './bound-lane.ts';
import { endpointChanges } from './endpoint-changes.ts';
import type { LiveFlows } from './live-flows.ts';

/** Who hears of it. */
export interface ForwardEventsOptions {
  /** The lanes that are there; it may change. */
  readonly lanes: () => readonly BoundLane[];
  /** What is told of is how later tables differ from this one. */
  readonly table: RoutingTable;
  readonly flows: LiveFlows;
  readonly clock: { now(): number };
  readonly tell: (line: string) => void;
  /** The last thing that went wrong with a lane's Service port. */
  readonly failed: (servicePortKey: string, text: string) => void;
}

/** The same failure is told once in so long. */
const QUIET_MS = 5000;

/** Tells from its making until `close`. */
export class ForwardEvents {
  readonly #options: ForwardEventsOptions;
  readonly #known = new Map<string, ServicePort | undefined>();
  readonly #toldMs = new Map<string, number>();
  #away = '';

  constructor(options: ForwardEventsOptions) {
    this.#options = options;
    for (const lane of options.lanes()) this.#known.set(laneText(lane), servicePortOf(lane, options.table));
    channels.sync.subscribe(this.#onSync);
    channels.dialFailed.subscribe(this.#onDialFailed);
    channels.endpointEjected.subscribe(this.#onEjected);
    channels.endpointRestored.subscribe(this.#onRestored);
    channels.flowEnded.subscribe(this.#onFlowEnded);
    channels.listenerFailed.subscribe(this.#onListenerFailed);
    channels.resource.subscribe(this.#onResource);
  }

  close(): void {
    channels.sync.unsubscribe(this.#onSync);
    channels.dialFailed.unsubscribe(this.#onDialFailed);
    channels.endpointEjected.unsubscribe(this.#onEjected);
    channels.endpointRestored.unsubscribe(this.#onRestored);
    channels.flowEnded.unsubscribe(this.#onFlowEnded);
    channels.listenerFailed.unsubscribe(this.#onListenerFailed);
    channels.resource.unsubscribe(this.#onResource);
  }

  readonly #onSync = ({ table }: SyncMessage): void => {
    const { lanes, flows, tell } = this.#options;
    const told = new Set<string>();
    const current = lanes();
    this.#forget(new Set(current.map(laneText)));
    for (const lane of current) {
      const name = laneText(lane);
      const after = servicePortOf(lane, table);
      const before = this.#known.get(name);
      const isFirst = !this.#known.has(name);
      this.#known.set(name, after);
      if (isFirst || before === after || told.has(after?.key ?? name)) continue;
      told.add(after?.key ?? name);
      const portKey = before?.key ?? '';
      for (const line of endpointChanges(before, after, name, (key) => flows.countAt(portKey, key))) tell(line);
    }
  };

  /** A lane that went and comes back is a new one. */
  #forget(names: ReadonlySet<string>): void {
    for (const name of this.#known.keys()) if (!names.has(name)) this.#known.delete(name);
  }

  readonly #onDialFailed = ({ flow, endpoint, errno }: DialFailedMessage): void => {
    const { servicePort } = flow.route;
    const pod = servicePort.endpoints.find(({ key }) => key === endpoint)?.podName || endpoint;
    this.#options.failed(servicePort.key, `${pod} ${errno}`);
    this.#tellOnce(`dial of ${pod} for ${servicePort.namespace}/${servicePort.service} failed: ${errno}`);
  };

  /** Pods may reset as they like, which a client sees himself; what only svclane knows is told. */
  readonly #onFlowEnded = ({ end, endpoint, route: { servicePort } }: Flow): void => {
    const service = `${servicePort.namespace}/${servicePort.service}`;
    if (end?.cause === 'wait-over') this.#tellOnce(`a client of ${service} was turned away: no pod came in time`);
    if (end?.cause !== 'endpoint-reset') return;
    const { errno = 'ECONNRESET' } = end;
    const pod = endpoint?.podName || endpoint?.key || service;
    this.#options.failed(servicePort.key, `${pod} ${errno}`);
    if (errno === 'ECONNREFUSED') {
      this.#tellOnce(`${pod} refused a conn of ${service} when it counted as made: its client was reset`);
    }
  };

  readonly #onEjected = ({ endpoint, cause, forMs }: Ejection): void => {
    const seconds = Math.round(forMs / 1000);
    this.#options.tell(`${endpoint.podName || endpoint.key} is left out for ${seconds}s: ${cause}`);
  };

  readonly #onRestored = ({ endpoint }: EndpointRestoredMessage): void => {
    this.#options.tell(`${endpoint.podName || endpoint.key} is used again`);
  };

  readonly #onListenerFailed = ({ error, servicePort }: ListenerFailedMessage): void => {
    this.#options.failed(servicePort.key, error.message);
    this.#tellOnce(`${error.message}: it is tried again`);
  };

  readonly #onResource = ({ status }: { readonly status: ResourceStatus }): void => {
    const text = status.state === 'synced' ? '' : (status.error?.message ?? '');
    if (text === this.#away) return;
    const wasAway = this.#away !== '';
    if (text !== '') {
      this.#away = text;
      this.#tellOnce(`${text}: lanes stay, pods are those known last`);
    } else if (wasAway && status.state === 'synced') {
      this.#away = '';
      this.#tellOnce('the API server is followed again');
    }
  };

  #tellOnce(line: string): void {
    const nowMs = this.#options.clock.now();
    if (nowMs - (this.#toldMs.get(line) ?? Number.NEGATIVE_INFINITY) < QUIET_MS) return;
    if (this.#toldMs.size > 1000) this.#toldMs.clear();
    this.#toldMs.set(line, nowMs);
    this.#options.tell(line);
  }
}
