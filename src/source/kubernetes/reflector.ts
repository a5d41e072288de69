/**
 * Reflector: follows one kind in one scope, for ever.
 *
 *            ┌────────────────────────── 410, lost event ──────────────────────────┐
 *            ▼                                                                     │
 *   no version ──▶ streaming list ──initial-events-end──▶ follow ──end──▶ watch from version ──▶ follow …
 *            ├──▶ paged list (server without streaming) ─────────────────▲
 *            └──▶ list that was asked for before, by who made this one ──┘
 *
 * The objects of a list are published in one synchronous run, when it is complete, as the difference to what is known:
 * a relist never empties anything. The resource version is opaque: it is only ever sent back. Source: Kubernetes API
 * concepts, "Efficient detection of changes" and "Streaming lists" (KEP-3157).
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SvclaneError } from '../../errors.ts';
import type { ResourceStatus } from '../../model/source.ts';
import { answerFailure, isUnsupported, statusAnswer, transportFailure, uselessAnswer } from './api-failure.ts';
import { KnownObjects, type Snapshot, versionOf } from './known-objects.ts';
import { type CompleteList, listPages } from './paged-list.ts';
import type { ReflectorContext } from './reflector-context.ts';
import { ResourceHealth } from './resource-health.ts';
import type { ResourceTarget } from './resources.ts';
import { RetryPolicy } from './retry-policy.ts';
import { beginWatch, type WatchSession } from './watch-session.ts';
import { EVENT_TYPES, endsInitialEvents, openRead, type WatchEvent, watchEvents } from './watch-stream.ts';

export interface ReflectorEvents {
  /** The first list is delivered, or the server said that there is nothing for us to list. */
  listed(): void;
  /** The status changed in a way worth telling. */
  changed(): void;
}

/** Work in one turn of the event loop, so that 10,000 objects at once do not hold up what else runs. */
const TURN_MS = 2;

/** A turn or two for what the first list sets going. */
const AFTER_EARLY_MS = 30;

export class Reflector {
  readonly target: ResourceTarget;
  readonly #context: ReflectorContext;
  readonly #events: ReflectorEvents;
  readonly #known: KnownObjects;
  readonly #health: ResourceHealth;
  readonly #retry: RetryPolicy;
  readonly #closing = new AbortController();
  #early: Promise<CompleteList | undefined> | undefined;
  #version = '';
  #turnStartMs = 0;
  #listed = false;
  #loop: Promise<void> | undefined;

  /** `early`: a list of the target to begin with; `undefined` = there is none after all. It never rejects. */
  constructor(
    context: ReflectorContext,
    target: ResourceTarget,
    events: ReflectorEvents,
    early?: Promise<CompleteList | undefined>,
  ) {
    this.target = target;
    this.#early = early;
    this.#context = context;
    this.#events = events;
    this.#known = new KnownObjects(target.kind, context.sink, context.decode);
    this.#health = new ResourceHealth(context.clock, () => events.changed());
    this.#retry = new RetryPolicy(context.clock, context.random, context.timings);
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  status(): ResourceStatus {
    return this.#health.status(this.target.kind, this.#version, this.#known.size);
  }

  /** Nothing is delivered from the call on; resolves when the last request has ended. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.#listOrWatch();
      } catch (error) {
        if (!signal.aborted) await this.#recover(transportFailure(this.#context.api.server, error));
      }
    }
  }

  async #recover(error: SvclaneError): Promise<void> {
    const { delayMs, relist } = this.#retry.failed(error);
    if (relist) this.#version = '';
    this.#health.failed(error);
    // A Node that we may not read is one that we do without; the others are needed.
    if (this.target.kind === 'Node' && error.code === 'SVL_API_FORBIDDEN') this.#tellListed();
    await this.#pause(delayMs);
  }

  async #listOrWatch(): Promise<void> {
    if (this.#version !== '') return this.#watch(undefined);
    const snapshot = this.#known.snapshot();
    const early = await this.#takeEarly();
    if (early) {
      for (const item of early.items) snapshot.add(item);
      this.#publish(snapshot, early.version);
      // What the list sets going comes first. No change is missed meanwhile: the watch begins at its version.
      return this.#pause(AFTER_EARLY_MS);
    }
    if (this.#context.server.streamsLists) return this.#watch(snapshot);
    const version = await listPages({ ...this.#context, target: this.target, signal: this.#closing.signal }, (item) =>
      snapshot.add(item),
    );
    this.#publish(snapshot, version);
  }

  /** The list to begin with, once. What it waits for ends by itself; a reflector that was closed meanwhile delivers nothing. */
  async #takeEarly(): Promise<CompleteList | undefined> {
    const early = await this.#early;
    this.#early = undefined;
    this.#closing.signal.throwIfAborted();
    return early;
  }

  /** One watch from open to end; with a snapshot, it begins as a streaming list. */
  async #watch(snapshot: Snapshot | undefined): Promise<void> {
    const version = snapshot ? undefined : this.#version;
    const session = beginWatch(this.#context, this.target, this.#closing.signal, version, snapshot);
    const { guard, read, limits } = session;
    try {
      // The guard is what watches over silence; undici's own time-out stands behind it.
      const response = await openRead(read, limits.silenceMs * 2);
      if (!snapshot) this.#inOrder(() => this.#health.watching());
      for await (const batch of watchEvents(read, response, guard)) await this.#take(session, batch);
    } catch (error) {
      if (guard.expired === undefined && !(session.snapshot && isUnsupported(error))) throw error;
    } finally {
      guard.stop();
    }
    await this.#ended(session);
  }

  async #take(session: WatchSession, batch: readonly WatchEvent[]): Promise<void> {
    const { clock } = this.#context;
    for (const event of batch) {
      this.#closing.signal.throwIfAborted();
      this.#refuseBad(event);
      if (session.snapshot) this.#collect(session, session.snapshot, event);
      else this.#handle(session, event);
    }
    if (clock.monotonic() - this.#turnStartMs < TURN_MS) return;
    await nextTurn();
    this.#turnStartMs = clock.monotonic();
  }

  #refuseBad({ type, object }: WatchEvent): void {
    const access = { server: this.#context.api.server, ...this.target, verb: 'watch' };
    if (type === 'ERROR') throw answerFailure(access, statusAnswer(object));
    if (!EVENT_TYPES.has(type)) throw uselessAnswer(access, 'sent a line that is no event', true);
  }

  #collect(session: WatchSession, snapshot: Snapshot, { type, object }: WatchEvent): void {
    if (type === 'DELETED') snapshot.delete(object);
    else if (type !== 'BOOKMARK') snapshot.add(object);
    else if (endsInitialEvents(object)) {
      session.snapshot = undefined;
      session.guard.limit(session.limits);
      this.#publish(snapshot, versionOf(object));
      this.#inOrder(() => this.#health.watching());
    }
  }

  #handle(session: WatchSession, { type, object }: WatchEvent): void {
    if (type === 'DELETED') this.#known.delete(object);
    else if (type !== 'BOOKMARK') this.#known.apply(object);
    if (type !== 'BOOKMARK') session.changes++;
    this.#version = versionOf(object) || this.#version;
    this.#health.contact();
  }

  /**
   * A watch that the server ended, or that the guard gave up, is followed by another one from where it stood. A list
   * that was not streamed to its end is paged from here on, for all kinds.
   */
  async #ended({ guard, snapshot, listing, openedAtMs, changes }: WatchSession): Promise<void> {
    const { clock, timings, server, api } = this.#context;
    if (snapshot) server.streamsLists = false;
    else if (guard.expired === 'silent') await this.#probe();
    else if (guard.expired === undefined && !listing && changes === 0) {
      if (clock.monotonic() - openedAtMs >= timings.shortWatchMs) return;
      throw uselessAnswer({ server: api.server, ...this.target, verb: 'watch' }, 'ended the watch at once', false);
    }
  }

  /** Whether the server answers at all: if it does, the watch alone was dead. Every user may read `/version`. */
  async #probe(): Promise<void> {
    this.#health.broke();
    const { api, timings, userAgent } = this.#context;
    const response = await api.request('/version', {
      headers: { 'user-agent': userAgent },
      signal: this.#closing.signal,
      headersTimeoutMs: timings.probeTimeoutMs,
      bodyTimeoutMs: timings.probeTimeoutMs,
    });
    await response.body.dump();
  }

  #publish(snapshot: Snapshot, version: string): void {
    this.#known.replace(snapshot);
    this.#version = version;
    this.#inOrder(() => this.#health.listed());
    this.#tellListed();
  }

  #tellListed(): void {
    if (this.#listed) return;
    this.#listed = true;
    this.#events.listed();
  }

  #inOrder(tell: () => void): void {
    this.#retry.succeeded();
    tell();
  }

  #pause(ms: number): Promise<void> {
    const { signal } = this.#closing;
    if (ms <= 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#context.clock.setTimer(done, ms);
      signal.addEventListener('abort', done, { once: true });
      function done(): void {
        timer.cancel();
        signal.removeEventListener('abort', done);
        resolve();
      }
    });
  }
}
