/**
 * Series of things that come and go: those of one thing are made one by one, and go together, a while after it is gone.
 *
 *   table has it ──▶ kept          gone, but flows of it live ──▶ kept
 *   gone ──GONE_FOR_MS──▶ dropped, when somebody looks: each scrape does
 */

import type { MetricFamily, Series } from './metric-family.ts';

/** Long enough that its last values are scraped, and that what was deleted to be made anew goes on counting. */
export const GONE_FOR_MS = 600_000;

const GROUPS_PER_STEP = 500;

/** The series of one thing, which is named by the first of their labels. */
export class SeriesGroup {
  readonly labels: readonly string[];
  /** It is not dropped while this is above 0. */
  users = 0;
  isDropped = false;
  goneSinceMs: number | undefined;
  readonly #made: (readonly [family: MetricFamily, values: readonly string[]])[] = [];

  constructor(labels: readonly string[]) {
    this.labels = labels;
  }

  /** A series of the group; `more` are the labels that follow. Whoever wants it often keeps it. */
  series(family: MetricFamily, ...more: readonly string[]): Series {
    const values = [...this.labels, ...more];
    this.#made.push([family, values]);
    return family.with(...values);
  }

  drop(): void {
    this.isDropped = true;
    for (const [family, values] of this.#made) family.remove(values);
  }
}

/** Groups by their labels. */
export class SeriesGroups<T extends SeriesGroup> {
  readonly #groups = new Map<string, T>();
  readonly #create: (labels: readonly string[]) => T;

  constructor(create: (labels: readonly string[]) => T) {
    this.#create = create;
  }

  /** The group of these labels; made where it is not there. */
  of(labels: readonly string[]): T {
    const key = JSON.stringify(labels);
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const group = this.#create(labels);
    this.#groups.set(key, group);
    return group;
  }

  /** Drops the groups that have been gone for long enough. It yields now and then, for others to go on. */
  *sweep(nowMs: number, exists: (labels: readonly string[]) => boolean): Generator<undefined> {
    let looked = 0;
    for (const [key, group] of this.#groups) {
      if (group.users > 0 || exists(group.labels)) group.goneSinceMs = undefined;
      else group.goneSinceMs ??= nowMs;
      if (group.goneSinceMs !== undefined && nowMs - group.goneSinceMs >= GONE_FOR_MS) {
        group.drop();
        this.#groups.delete(key);
      }
      looked += 1;
      if (looked % GROUPS_PER_STEP === 0) yield;
    }
  }
}
