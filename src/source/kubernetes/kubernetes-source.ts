/**
 * The source of objects that is a cluster: one reflector for each kind and scope.
 */

import type { Clock } from '../../lib/clock.ts';
import { decodeObject } from '../../model/decode-object.ts';
import type { ResourceStatus, Source, SourceSink, SourceStatus, WatchedKind } from '../../model/source.ts';
import { channels } from '../../observability/channels.ts';
import type { KubeAuth } from './auth.ts';
import type { Decode } from './known-objects.ts';
import { Reflector } from './reflector.ts';
import type { ReflectorContext } from './reflector-context.ts';
import { mergeStatuses } from './resource-health.ts';
import { resourceTargets, type TargetOptions } from './resources.ts';
import { DEFAULT_TIMINGS, type Timings } from './timings.ts';

/** `random` gives [0, 1). `decode` and `timings` are for tests. */
export interface KubernetesSourceOptions extends TargetOptions {
  /** Stays the caller's, who closes it after the source. */
  readonly auth: Pick<KubeAuth, 'server' | 'description' | 'request'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly userAgent: string;
  readonly decode?: Decode;
  readonly timings?: Partial<Timings>;
}

/**
 * Watches Services, EndpointSlices and, where `nodeName` is set, the own Node. `kinds` has Node only then; a Node that
 * may not be read (403) or does not exist counts as listed. Until a kind is listed, its status shows what stands in the
 * way: `SVL_API_UNREACHABLE`, `SVL_API_UNAUTHORIZED`, `SVL_API_FORBIDDEN`; it is tried again for ever.
 *
 * Publishes `channels.resource`.
 */
export function createKubernetesSource(options: KubernetesSourceOptions): Source {
  return new KubernetesSource(options);
}

class KubernetesSource implements Source {
  readonly kinds: readonly WatchedKind[];
  readonly #options: KubernetesSourceOptions;
  #reflectors: readonly Reflector[] = [];
  #closed = false;

  constructor(options: KubernetesSourceOptions) {
    this.#options = options;
    this.kinds = [...new Set(resourceTargets(options).map((target) => target.kind))];
  }

  start(receiver: SourceSink): void {
    const { auth, clock, random, userAgent, decode, timings } = this.#options;
    const sink = this.#gate(receiver);
    const context: ReflectorContext = {
      api: auth,
      sink,
      decode: decode ?? decodeObject,
      clock,
      random,
      timings: { ...DEFAULT_TIMINGS, ...timings },
      userAgent,
      server: { streamsLists: true },
    };
    const waiting = new Map(this.kinds.map((kind) => [kind, 0]));
    this.#reflectors = resourceTargets(this.#options).map((target) => {
      waiting.set(target.kind, (waiting.get(target.kind) ?? 0) + 1);
      return new Reflector(context, target, {
        listed: () => this.#listed(waiting, target.kind, sink),
        changed: () => this.#changed(target.kind),
      });
    });
    for (const reflector of this.#reflectors) reflector.start();
  }

  status(): SourceStatus {
    const resources = this.kinds.map((kind) => this.#statusOf(kind));
    return { type: 'kubernetes', description: this.#options.auth.description, resources };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#reflectors.map((reflector) => reflector.close()));
  }

  /** Shut by `close`, even when a sink calls that in the middle of a delivery. */
  #gate(sink: SourceSink): SourceSink {
    const open = (): boolean => !this.#closed;
    return {
      apply: (object) => void (open() && sink.apply(object)),
      delete: (kind, namespace, name) => void (open() && sink.delete(kind, namespace, name)),
      listed: (kind) => void (open() && sink.listed(kind)),
      rejected: (rejection) => void (open() && sink.rejected(rejection)),
    };
  }

  /** A kind is listed when each of its scopes is. */
  #listed(waiting: Map<WatchedKind, number>, kind: WatchedKind, sink: SourceSink): void {
    const left = (waiting.get(kind) ?? 0) - 1;
    waiting.set(kind, left);
    if (left > 0) return;
    try {
      sink.listed(kind);
    } catch (error) {
      process.emitWarning(`the list of ${kind} was refused: ${error}`);
    }
  }

  #changed(kind: WatchedKind): void {
    if (channels.resource.hasSubscribers) channels.resource.publish({ status: this.#statusOf(kind) });
  }

  #statusOf(kind: WatchedKind): ResourceStatus {
    const scopes = this.#reflectors.filter((reflector) => reflector.target.kind === kind);
    const [first, ...others] = scopes.map((reflector) => reflector.status());
    return first ? mergeStatuses([first, ...others]) : notStarted(kind);
  }
}

function notStarted(kind: WatchedKind): ResourceStatus {
  return {
    kind,
    state: 'listing',
    resourceVersion: '',
    lastContactMs: undefined,
    objects: 0,
    relists: 0,
    restarts: 0,
    error: undefined,
  };
}
