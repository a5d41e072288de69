/**
 * What happened lately, in a bounded ring, and told to whoever listens: the source of the event stream.
 *
 *   channels ──▶ ring (MAX_EVENTS) ──▶ listeners, at once
 *                  └── after(id) ───▶ whoever comes back
 */

import type { Clock } from '../lib/clock.ts';
import { formatHostPort } from '../model/address.ts';
import type { Flow } from '../model/flow.ts';
import type { ServicePort } from '../model/route.ts';
import {
  channels,
  type DialFailedMessage,
  type ListenerFailedMessage,
  type ListenerMessage,
  type SyncMessage,
} from '../observability/channels.ts';
import type { DaemonEvent } from './daemon-event.ts';
import { FlowEvent } from './flow-event.ts';

const MAX_EVENTS = 4_096;

/** The ring. It follows the channels from its making on, until `close`. */
export class EventBook {
  readonly #clock: Clock;
  readonly #run: string;
  /** The event of a number is at that number modulo the length. */
  readonly #ring: DaemonEvent[] = [];
  readonly #listeners = new Set<(event: DaemonEvent) => void>();
  readonly #unsubscribe: readonly (() => void)[];
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#run = clock.now().toString(36);
    this.#unsubscribe = [
      follow(channels.flowOpened, (flow) => this.#flow('FlowOpened', flow)),
      follow(channels.flowEnded, (flow) => this.#flow('FlowEnded', flow)),
      follow(channels.dialFailed, (message) => this.#dialFailed(message)),
      follow(channels.sync, (message) => this.#synced(message)),
      follow(channels.listenerBound, (message) => this.#listener('ListenerBound', message)),
      follow(channels.listenerFailed, (message) => this.#listenerFailed(message)),
    ];
  }

  /** The id of the newest event; before the first, one that all events are behind. */
  get lastId(): string {
    return `${this.#run}-${this.#count}`;
  }

  /**
   * The events behind `id`, the oldest first; `undefined` = that one is not there, so that some may be missing. Who keeps one for
   * so long that it falls out of the ring finds another one in its place.
   */
  after(id: string): readonly DaemonEvent[] | undefined {
    const [run, number] = id.split('-');
    if (run !== this.#run || !/^\d{1,15}$/.test(number ?? '')) return undefined;
    const missing = this.#count - Number(number);
    if (missing < 0 || missing > this.#ring.length) return undefined;
    return Array.from({ length: missing }, (_, index) => this.#ring[(Number(number) + index) % MAX_EVENTS]).filter(
      (event) => event !== undefined,
    );
  }

  /** Calls back for each event from now on; returns what ends that. */
  listen(listener: (event: DaemonEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Stops to follow; idempotent. */
  close(): void {
    for (const end of this.#unsubscribe) end();
    this.#listeners.clear();
  }

  #add(
    reason: DaemonEvent['reason'],
    { namespace, service }: Pick<ServicePort, 'namespace' | 'service'>,
    facts: (atMs: number) => Readonly<Record<string, unknown>>,
  ): void {
    const atMs = this.#clock.now();
    const data = () => ({ reason, time: new Date(atMs).toISOString(), namespace, service, ...facts(atMs) });
    this.#keep({ id: `${this.#run}-${this.#count + 1}`, reason, namespace, service, data });
  }

  #flow(reason: 'FlowOpened' | 'FlowEnded', flow: Flow): void {
    const oldest = this.#ring[this.#count % MAX_EVENTS];
    const event = oldest instanceof FlowEvent ? oldest : new FlowEvent(this.#run, flow.route);
    event.become(reason, flow, this.#count + 1, this.#clock.now());
    this.#keep(event);
  }

  #keep(event: DaemonEvent): void {
    this.#ring[this.#count % MAX_EVENTS] = event;
    this.#count += 1;
    for (const listener of this.#listeners) listener(event);
  }

  #dialFailed({ flow, endpoint, errno, elapsedMs }: DialFailedMessage): void {
    const { id } = flow;
    this.#add('DialFailed', flow.route.servicePort, () => ({ flow: id, endpoint, errno, elapsedMs }));
  }

  #synced({ table, diff, durationMs }: SyncMessage): void {
    const { generation } = table;
    const { added, removed, changed, services } = diff;
    const counts = { added: added.length, removed: removed.length, changed: changed.length, services: services.length };
    this.#add('Synced', { namespace: '', service: '' }, () => ({ generation, durationMs, ...counts }));
  }

  #listener(reason: 'ListenerBound', { frontend, servicePort, boundAddress, boundPort }: ListenerMessage): void {
    this.#add(reason, servicePort, () => ({ frontend: frontend.key, bound: formatHostPort(boundAddress, boundPort) }));
  }

  #listenerFailed({ frontend, servicePort, error, retryInMs }: ListenerFailedMessage): void {
    this.#add('ListenerFailed', servicePort, () => ({ frontend: frontend.key, error: error.message, retryInMs }));
  }
}

function follow<T>(
  channel: { subscribe(listener: (message: T) => void): void; unsubscribe(listener: (message: T) => void): void },
  listener: (message: T) => void,
): () => void {
  channel.subscribe(listener);
  return () => channel.unsubscribe(listener);
}
