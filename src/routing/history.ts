/**
 * History: the tables of the past, in a bounded ring. A revision costs what it changed, and of that only what is new.
 *
 *   r1 ── r2 ── … ── newest = the table in force
 *   │      │
 *   │      └─ what it changed: versions of Services, each linked to the one before
 *   └─ the oldest; the versions before its own are the table that it replaced
 *
 * A table of the past is made when it is asked for: a later one, with each Service that changed since put back.
 */

import { atOnce } from '../lib/in-steps.ts';
import { diffMaps } from '../lib/persistent-map.ts';
import { Queue } from '../lib/queue.ts';
import type { NodeContext, RoutingTable, ServiceRoutes } from '../model/route.ts';
import { KeptRoutes } from './kept-routes.ts';
import { MadeTables } from './made-tables.ts';
import { changesOfContested, collectPast, pastTableInSteps } from './past-table.ts';
import type { HistoryBounds, HistoryOptions, KeptRevision, OwnVersion, Revision } from './revision.ts';
import { hasSameRouting } from './routing-text.ts';
import { rebuildRoutes, type ServiceVersion, type VersionMoment, versionOf } from './service-version.ts';

/** The ring. Time is passed in, and must not go back by more than clocks do. */
export class History {
  readonly serviceProxyName: string;
  #bounds: HistoryBounds;
  readonly #entries = new Queue<KeptRevision>();
  /** The newest version of each Service that changed within the ring. */
  readonly #newest = new Map<string, OwnVersion>();
  #latest: RoutingTable;
  /** The revision that left the ring last, or the base. */
  #base: VersionMoment;
  /** The generation of the first table: of what was before it nothing is known. */
  #start = 0;
  /** The latest table was read from a record: the next one shares no object with it. */
  #isResumed = false;
  readonly #listeners = new Set<() => void>();
  readonly #made = new MadeTables();
  readonly #kept: KeptRoutes;

  /** `base` is the table before the first revision: the empty one. */
  constructor(base: RoutingTable, { serviceProxyName = '', keptRoutes, ...bounds }: HistoryOptions) {
    this.#latest = base;
    this.#base = { generation: base.generation, atMs: Number.NaN, node: base.node };
    this.#bounds = bounds;
    this.serviceProxyName = serviceProxyName;
    this.#kept = new KeptRoutes(keptRoutes);
  }

  /** Adds the table that is in force from `atMs` on; the one that is the newest already changes nothing. */
  add(table: RoutingTable, atMs: number): void {
    const previous = this.#latest;
    if (table === previous) return;
    if (previous.generation === 0) this.#start = table.generation;
    const entry: KeptRevision = {
      generation: table.generation,
      atMs,
      node: table.node,
      changes: [],
      contested: changesOfContested(previous, table),
    };
    entry.changes = this.#versions(previous, table, entry);
    this.#entries.push(entry);
    this.#latest = table;
    this.#isResumed = false;
    this.#trim(atMs);
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` after each revision that is added, until the function that it gives is called. */
  follow(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What was added is the past of an earlier process: the next table is compared with it by its content. */
  resume(): void {
    this.#isResumed = this.#entries.length > 0;
  }

  get bounds(): HistoryBounds {
    return this.#bounds;
  }

  /** Other bounds, from here on. */
  setBounds(bounds: HistoryBounds, nowMs: number): void {
    this.#bounds = bounds;
    this.#trim(nowMs);
  }

  get size(): number {
    return this.#entries.length;
  }

  /** `undefined` = nothing was added yet. */
  get oldest(): Revision | undefined {
    return this.#revision(0);
  }

  get newest(): Revision | undefined {
    return this.#revision(this.#entries.length - 1);
  }

  /** The revision with this generation; `undefined` = it has left the ring, or has not come yet. */
  at(generation: number): Revision | undefined {
    const place = this.#placeOf(generation);
    return this.#entries.at(place)?.generation === generation ? this.#revision(place) : undefined;
  }

  /** The table of the revision with this generation, which has to be there, in steps of so many Services. */
  tableInSteps(generation: number, step?: number): Generator<undefined, RoutingTable> {
    return this.#stepsTo(this.#placeOf(generation), step);
  }

  /** The revision that was in force at a time; `undefined` = that was before the oldest. */
  atTime(ms: number): Revision | undefined {
    for (let place = this.#entries.length - 1; place >= 0; place--) {
      if ((this.#entries.at(place)?.atMs ?? 0) <= ms) return this.#revision(place);
    }
    return undefined;
  }

  /** Whether this is the first table of all: what it has need not be new. */
  isStart(generation: number): boolean {
    return generation === this.#start;
  }

  /** Where we ran before this generation. */
  nodeBefore(generation: number): NodeContext {
    return (this.#entries.at(this.#placeOf(generation) - 1) ?? this.#base).node;
  }

  /** From the newest back to the oldest; with `upTo`, from that generation on. */
  *backwards(upTo = Number.POSITIVE_INFINITY): Generator<Revision> {
    for (let place = this.#placeOf(upTo); place >= 0; place--) {
      const revision = this.#revision(place);
      if (revision) yield revision;
    }
  }

  /** The revisions behind a generation, the oldest first. The ring must not change meanwhile. */
  *after(generation: number): Generator<Revision> {
    for (let place = this.#placeOf(generation) + 1; place < this.#entries.length; place++) {
      const revision = this.#revision(place);
      if (revision) yield revision;
    }
  }

  /** The changes of one Service within the ring, from the newest back; with `upTo`, from that generation on. */
  *changesOf(key: string, upTo = Number.POSITIVE_INFINITY): Generator<ServiceVersion> {
    const oldest = this.#entries.at(0)?.generation ?? 0;
    let version: ServiceVersion | undefined = this.#newest.get(key);
    for (; version && version.moment.generation >= oldest; version = version.before) {
      if (version.moment.generation <= upTo) yield version;
    }
  }

  /** The routes of one Service at a generation that is in the ring; `undefined` = it was not there. */
  serviceAt(key: string, generation: number): ServiceRoutes | undefined {
    const newest = this.#newest.get(key);
    if (!newest || newest.moment.generation <= generation) return this.#latest.services.get(key);
    let version: ServiceVersion | undefined = newest;
    while (version && version.moment.generation > generation) version = version.before;
    return version && rebuildRoutes(version, this.serviceProxyName);
  }

  #versions(previous: RoutingTable, table: RoutingTable, moment: VersionMoment): readonly OwnVersion[] {
    const versions: OwnVersion[] = [];
    // What has not changed within the ring has been as it is since before it.
    const before: VersionMoment = { ...this.#base, node: previous.node };
    diffMaps(previous.services, table.services, (key, old, now) => {
      if (this.#isResumed && old && now && hasSameRouting(old, now)) return;
      const known = this.#newest.get(key) ?? (old && versionOf(key, old, before, undefined));
      if (known) this.#kept.add(known, old);
      versions.push(versionOf(key, now, moment, known));
    });
    for (const version of versions) this.#newest.set(version.key, version);
    // A copy, since a list that was pushed to has room to spare.
    return versions.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  }

  #revision(place: number): Revision | undefined {
    const entry = this.#entries.at(place);
    if (!entry) return undefined;
    const { generation, atMs, node, changes } = entry;
    // By its number, since its place is another one when the ring has moved on.
    const tableAt = (back: number): RoutingTable => atOnce(this.#stepsTo(this.#placeOf(generation) - back));
    return {
      generation,
      atMs,
      node,
      changes,
      get table() {
        return tableAt(0);
      },
      get previous() {
        return tableAt(1);
      },
    };
  }

  /** The place of the newest revision that is not newer than `generation`; -1 = none. */
  #placeOf(generation: number): number {
    return this.#entries.lastPlace((entry) => entry.generation <= generation);
  }

  /** What it goes by is taken in the first step: the ring may move on meanwhile. */
  *#stepsTo(place: number, step?: number): Generator<undefined, RoutingTable> {
    const moment = this.#entries.at(place) ?? this.#base;
    if (place === this.#entries.length - 1) return this.#latest;
    const later = this.#made.notBefore(moment.generation) ?? this.#latest;
    if (later.generation === moment.generation) return later;
    const past = collectPast(this.#entriesBetween(place, this.#placeOf(later.generation)));
    const table = yield* pastTableInSteps(later, moment, past, this.serviceProxyName, step);
    this.#made.add(table);
    return table;
  }

  /** From the newest on; without that at `place`. */
  *#entriesBetween(place: number, newest: number): Generator<KeptRevision> {
    for (let later = newest; later > place; later--) {
      const entry = this.#entries.at(later);
      if (entry) yield entry;
    }
  }

  #trim(nowMs: number): void {
    while (this.#isSpare(nowMs)) {
      const entry = this.#entries.shift();
      if (!entry) return;
      for (const version of entry.changes) {
        version.before = undefined;
        if (this.#newest.get(version.key) === version) this.#newest.delete(version.key);
      }
      entry.changes = [];
      this.#base = { generation: entry.generation, atMs: entry.atMs, node: entry.node };
    }
  }

  /** The oldest is spare when there are too many, or when it was replaced too long ago. */
  #isSpare(nowMs: number): boolean {
    const { maxRevisions, maxAgeMs } = this.#bounds;
    const second = this.#entries.at(1);
    if (!second) return false;
    return this.#entries.length > maxRevisions || second.atMs <= nowMs - maxAgeMs;
  }
}
