/**
 * The source of a forward: watches of just the objects that it needs, told to one sink.
 *
 * A Service that is forwarded and goes away stays in the table without endpoints, so that its local port stays too: its
 * clients wait, and go on when it comes back.
 */

import type { Clock } from '../../lib/clock.ts';
import type { Service } from '../../model/service.ts';
import type { ResourceStatus, Source, SourceSink, SourceStatus, WatchedKind } from '../../model/source.ts';
import { channels } from '../../observability/channels.ts';
import type { KubeAuth } from '../../source/kubernetes/auth.ts';
import { Reflector } from '../../source/kubernetes/reflector.ts';
import { mergeStatuses } from '../../source/kubernetes/resource-health.ts';
import { DEFAULT_TIMINGS } from '../../source/kubernetes/timings.ts';
import type { EarlyLists } from './early-lists.ts';
import type { ForwardWatch } from './service-watches.ts';

/** What a source is made of. `auth` stays the caller's. */
export interface ForwardSourceOptions {
  readonly auth: Pick<KubeAuth, 'server' | 'description' | 'request'>;
  readonly watches: readonly ForwardWatch[];
  /** What some of them begin with. */
  readonly early: EarlyLists;
  /** Services that no API object stands behind: those of workloads. */
  readonly services: readonly Service[];
  /** Whether a Service stays when its object goes. */
  readonly staysWithout: (namespace: string, name: string) => boolean;
  /** Hears, in words, of the object of such a Service that goes and comes back. */
  readonly tell: (line: string) => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly userAgent: string;
}

/** Makes a source; nothing is asked before `start`. */
export function createForwardSource(options: ForwardSourceOptions): Source {
  return new ForwardSource(options);
}

const KINDS: readonly WatchedKind[] = ['Service', 'EndpointSlice'];

class ForwardSource implements Source {
  readonly kinds = KINDS;
  readonly #options: ForwardSourceOptions;
  #reflectors: readonly Reflector[] = [];
  /** Services that stay without their objects. */
  readonly #deleted = new Set<string>();
  #isClosed = false;

  constructor(options: ForwardSourceOptions) {
    this.#options = options;
  }

  start(sink: SourceSink): void {
    const waiting = new Map<WatchedKind, number>(KINDS.map((kind) => [kind, 1]));
    const server = { streamsLists: true };
    const listed = (kind: WatchedKind): void => {
      const left = (waiting.get(kind) ?? 0) - 1;
      waiting.set(kind, left);
      if (left === 0 && !this.#isClosed) sink.listed(kind);
    };
    this.#reflectors = this.#options.watches.map((watch) => {
      waiting.set(watch.target.kind, (waiting.get(watch.target.kind) ?? 0) + 1);
      return this.#reflector(watch, sink, server, () => listed(watch.target.kind));
    });
    for (const reflector of this.#reflectors) reflector.start();
    setImmediate(() => {
      if (this.#isClosed) return;
      for (const service of this.#options.services) sink.apply(service);
      for (const kind of KINDS) listed(kind);
    });
  }

  status(): SourceStatus {
    const resources = KINDS.map((kind) => this.#statusOf(kind)).filter((status) => status !== undefined);
    return { type: 'kubernetes', description: this.#options.auth.description, resources };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#reflectors.map((reflector) => reflector.close()));
  }

  #reflector(watch: ForwardWatch, sink: SourceSink, server: { streamsLists: boolean }, listed: () => void): Reflector {
    const { auth, early, clock, random, userAgent } = this.#options;
    const context = {
      api: auth,
      sink: this.#gate(watch, sink),
      decode: watch.decode,
      clock,
      random,
      timings: DEFAULT_TIMINGS,
      userAgent,
      server,
    };
    const { kind } = watch.target;
    const events = {
      listed,
      changed: () => {
        const status = this.#statusOf(kind);
        if (status && channels.resource.hasSubscribers) channels.resource.publish({ status });
      },
    };
    return new Reflector(context, watch.target, events, early.of(watch.target));
  }

  #gate({ nameOf, chosen, isBeside = false }: ForwardWatch, sink: SourceSink): SourceSink {
    const isOpen = (): boolean => !this.#isClosed;
    return {
      apply: (object) => {
        if (chosen && object.kind === 'Service') chosen.add(object.namespace, object.name);
        if (!isOpen() || isBeside) return;
        sink.apply(object);
        if (object.kind === 'Service') this.#isBack(`${object.namespace}/${object.name}`);
      },
      delete: (kind, namespace, name) => {
        if (kind === 'Service') chosen?.delete(namespace, name);
        if (!isOpen() || isBeside) return;
        if (kind === 'Service' && this.#options.staysWithout(namespace, name)) this.#isGone(`${namespace}/${name}`);
        else sink.delete(kind, namespace, nameOf(name));
      },
      listed: () => {},
      rejected: (rejection) => void (isOpen() && sink.rejected(rejection)),
    };
  }

  /** Its EndpointSlices outlive it by a moment, or by long where somebody else keeps them. */
  #isGone(service: string): void {
    this.#deleted.add(service);
    this.#options.tell(`${service} is deleted: its local ports stay, its pods serve as long as the cluster lists them`);
  }

  #isBack(service: string): void {
    if (this.#deleted.delete(service)) this.#options.tell(`${service} is there again`);
  }

  #statusOf(kind: WatchedKind): ResourceStatus | undefined {
    const scopes = this.#reflectors.filter(({ target }) => target.kind === kind);
    const [first, ...others] = scopes.map((reflector) => reflector.status());
    return first && mergeStatuses([first, ...others]);
  }
}
