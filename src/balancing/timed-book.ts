/**
 * Timed book: interventions by Service port, each until its time is over.
 *
 *   set ──▶ in force ──time──▶ over        (or: removed by a person, replaced by another)
 *
 * One timer serves all of them. An end is reached when the wall clock says so (a laptop that slept comes back to an
 * intervention that is over) or when so much time has gone by (a clock that is set back prolongs nothing).
 */

import type { Clock, Timer } from '../lib/clock.ts';
import { type InterventionEnd, type InterventionTarget, interventionKey } from '../model/intervention.ts';
import type { ServicePort } from '../model/route.ts';

/** The wall clock is looked at this often: it may have jumped. */
const LOOK_EVERY_MS = 15_000;

/** An intervention that was set. `untilMs` is wall time. */
export interface Timed<T> {
  readonly value: T;
  readonly setAtMs: number;
  readonly untilMs: number;
  /** It is in force no more. */
  readonly isOver: boolean;
  /** Calls back once, when it is over; returns what ends that. Never called where it is over already. */
  whenOver(callback: () => void): () => void;
}

/** Told of what happens, after it has. */
export interface TimedBookEvents<T> {
  set(timed: Timed<T>): void;
  over(timed: Timed<T>, why: InterventionEnd): void;
}

/** What a flow is looked up by. */
export type PortNames = Pick<ServicePort, 'namespace' | 'service' | 'portName' | 'port' | 'protocol'>;

/** The interventions of one kind. `close` stops the timer, and tells nobody. */
export class TimedBook<T extends InterventionTarget> {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #events: TimedBookEvents<T>;
  readonly #entries = new Map<string, Entry<T>>();
  /** Of each Service those of one port before the one of all. */
  readonly #services = new Map<string, readonly Entry<T>[]>();
  readonly #listeners = new Set<(target: InterventionTarget) => void>();
  #timer: Timer | undefined;

  constructor(clock: Clock, limit: number, events: TimedBookEvents<T>) {
    this.#clock = clock;
    this.#limit = limit;
    this.#events = events;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The one that is in force for a Service port: one of that very port before one of all. */
  of(port: PortNames): Timed<T> | undefined {
    if (this.#entries.size === 0) return undefined;
    const entries = this.#services.get(`${port.namespace}/${port.service}`);
    return entries?.find((entry) => isOfPort(entry.value, port) && !entry.isDue(this.#clock));
  }

  /** What is in force, with how long it has been and will be. */
  left(): readonly { readonly value: T; readonly ageMs: number; readonly leftMs: number }[] {
    const entries = [...this.#entries].sort(byKey).map(([, entry]) => entry);
    return entries
      .filter((entry) => !entry.isDue(this.#clock))
      .map((entry) => ({ value: entry.value, ageMs: entry.ageMs(this.#clock), leftMs: entry.leftMs(this.#clock) }));
  }

  /** By Service, then by port. */
  list(): readonly Timed<T>[] {
    return [...this.#entries].sort(byKey).map(([, entry]) => entry);
  }

  /**
   * Puts one in force, in the place of one of the same port. `undefined` = there are too many already. `ageMs`: it was set
   * so long ago, in another process; `ttlMs` is what is left.
   */
  set(value: T, ttlMs: number, ageMs = 0): Timed<T> | undefined {
    const key = interventionKey(value);
    const before = this.#entries.get(key);
    if (before === undefined && this.#entries.size >= this.#limit) return undefined;
    const entry = new Entry(value, this.#clock, ttlMs, ageMs);
    this.#entries.set(key, entry);
    this.#index(value);
    if (before) this.#end(before, 'replaced');
    this.#events.set(entry);
    this.#changed(value);
    this.#look();
    return entry;
  }

  /** Ends those of a Service: all, or the one of the port that is named. */
  remove(target: Pick<InterventionTarget, 'namespace' | 'service'> & Partial<InterventionTarget>): readonly Timed<T>[] {
    const { port, protocol } = target;
    const found = [...(this.#services.get(`${target.namespace}/${target.service}`) ?? [])].filter(
      ({ value }) => port === undefined || (value.port === port && value.protocol === protocol),
    );
    for (const entry of found) this.#take(entry, 'operator');
    return found;
  }

  /** Calls back when what is in force for some Service port may have changed; returns what ends that. */
  onChange(listener: (target: InterventionTarget) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#timer?.cancel();
    this.#listeners.clear();
  }

  /** Ends what is due, and waits for the next. */
  #look(): void {
    this.#timer?.cancel();
    for (const entry of [...this.#entries.values()]) if (entry.isDue(this.#clock)) this.#take(entry, 'time');
    if (this.#entries.size === 0) return;
    const leftMs = Math.min(LOOK_EVERY_MS, ...[...this.#entries.values()].map((entry) => entry.leftMs(this.#clock)));
    this.#timer = this.#clock.setTimer(() => this.#look(), Math.max(1, Math.ceil(leftMs)));
  }

  #take(entry: Entry<T>, why: InterventionEnd): void {
    this.#entries.delete(interventionKey(entry.value));
    this.#index(entry.value);
    this.#end(entry, why);
    this.#changed(entry.value);
  }

  #end(entry: Entry<T>, why: InterventionEnd): void {
    entry.end();
    this.#events.over(entry, why);
  }

  #changed(target: InterventionTarget): void {
    for (const listener of this.#listeners) listener(target);
  }

  #index({ namespace, service }: InterventionTarget): void {
    const entries = [...this.#entries.values()]
      .filter(({ value }) => value.namespace === namespace && value.service === service)
      .sort((a, b) => breadth(a.value) - breadth(b.value));
    if (entries.length === 0) this.#services.delete(`${namespace}/${service}`);
    else this.#services.set(`${namespace}/${service}`, entries);
  }
}

class Entry<T> implements Timed<T> {
  readonly value: T;
  readonly setAtMs: number;
  readonly untilMs: number;
  readonly #dueMs: number;
  readonly #callbacks = new Set<() => void>();
  isOver = false;

  constructor(value: T, clock: Clock, ttlMs: number, ageMs: number) {
    this.value = value;
    this.setAtMs = clock.now() - ageMs;
    this.untilMs = clock.now() + ttlMs;
    this.#dueMs = clock.monotonic() + ttlMs;
  }

  /** 0 where the clock was set back behind its beginning. */
  ageMs(clock: Clock): number {
    return Math.max(0, clock.now() - this.setAtMs);
  }

  leftMs(clock: Clock): number {
    return Math.min(this.untilMs - clock.now(), this.#dueMs - clock.monotonic());
  }

  isDue(clock: Clock): boolean {
    return this.leftMs(clock) <= 0;
  }

  whenOver(callback: () => void): () => void {
    if (!this.isOver) this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  }

  end(): void {
    this.isOver = true;
    for (const callback of [...this.#callbacks]) callback();
    this.#callbacks.clear();
  }
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** Whether an intervention is for this port of its Service. */
export function isOfPort(
  { port, protocol }: InterventionTarget,
  names: Omit<PortNames, 'namespace' | 'service'>,
): boolean {
  if (protocol !== undefined && protocol !== names.protocol) return false;
  return port === '' || port === names.portName || port === String(names.port);
}

/** One port and protocol, one port, all. */
function breadth({ port, protocol }: InterventionTarget): number {
  return (port === '' ? 2 : 0) + (protocol === undefined ? 1 : 0);
}
