/**
 * What all manifest files define together, and how that differs from what was told before.
 *
 *   file ──▶ its objects (last good content)          key ──▶ file ──▶ object; of several files the last by name counts
 *                                                     key ──▶ what was told
 *
 * The cost of a change is that of the files that changed.
 */

import { deepEqual } from '../../lib/deep-equal.ts';
import type { ApiObject, Rejection, WatchedKind } from '../../model/source.ts';
import { duplicate, type ManifestObject } from './parse-manifest.ts';

/** What is to be told, sorted by key. */
export interface ManifestChanges {
  readonly applied: readonly ApiObject[];
  readonly deleted: readonly ApiObject[];
  /** Objects that newly lose to another file's. */
  readonly rejections: readonly Rejection[];
}

interface Told {
  /** As the manifest has it. */
  readonly source: ApiObject;
  readonly object: ApiObject;
}

export class ManifestSet {
  readonly #keysOf = new Map<string, readonly string[]>();
  readonly #owners = new Map<string, Map<string, ManifestObject>>();
  readonly #told = new Map<string, Told>();
  readonly #losers = new Map<string, string>();
  readonly #dirty = new Set<string>();
  readonly #counts = new Map<WatchedKind, number>();
  #version = 0;

  /** The number that the last change bears, as text; "0" before the first. */
  get version(): string {
    return String(this.#version);
  }

  /** How many objects of a kind were told and not deleted since. */
  count(kind: WatchedKind): number {
    return this.#counts.get(kind) ?? 0;
  }

  /** Puts the objects of a file in the place of those it had; none = the file is gone. */
  replace(file: string, objects: readonly ManifestObject[]): void {
    for (const key of this.#keysOf.get(file) ?? []) {
      this.#dirty.add(key);
      this.#owners.get(key)?.delete(file);
    }
    for (const entry of objects) {
      this.#dirty.add(entry.key);
      const owners = this.#owners.get(entry.key) ?? new Map<string, ManifestObject>();
      this.#owners.set(entry.key, owners.set(file, entry));
    }
    if (objects.length === 0) this.#keysOf.delete(file);
    else
      this.#keysOf.set(
        file,
        objects.map(({ key }) => key),
      );
  }

  /** The differences since the last call; real ones only. */
  takeChanges(): ManifestChanges {
    const applied: ApiObject[] = [];
    const deleted: ApiObject[] = [];
    const rejections: Rejection[] = [];
    for (const key of [...this.#dirty].sort()) {
      const { winner, losers } = this.#contest(key);
      const told = this.#told.get(key);
      if (winner && !deepEqual(winner.object, told?.source)) applied.push(this.#tell(key, winner.object));
      if (!winner && told) deleted.push(this.#retract(key, told.object));
      rejections.push(...this.#newLosers(key, winner, losers));
    }
    this.#dirty.clear();
    return { applied, deleted, rejections };
  }

  #contest(key: string): { winner: ManifestObject | undefined; losers: readonly ManifestObject[] } {
    const owners = this.#owners.get(key);
    if (owners?.size === 0) this.#owners.delete(key);
    const byFile = [...(owners ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
    return { winner: byFile.at(-1), losers: byFile.slice(0, -1) };
  }

  #tell(key: string, source: ApiObject): ApiObject {
    const before = this.#told.get(key);
    this.#version += 1;
    // A dump that was edited keeps its version; whoever compares versions must still see the edit.
    const edited = before !== undefined && before.source.resourceVersion === source.resourceVersion;
    const version = source.resourceVersion === '' ? this.version : source.resourceVersion;
    const resourceVersion = edited && source.resourceVersion !== '' ? `${version}.${this.version}` : version;
    const object: ApiObject = { ...source, resourceVersion };
    if (!before) this.#counts.set(object.kind, this.count(object.kind) + 1);
    this.#told.set(key, { source, object });
    return object;
  }

  #retract(key: string, object: ApiObject): ApiObject {
    this.#version += 1;
    this.#told.delete(key);
    this.#counts.set(object.kind, this.count(object.kind) - 1);
    return object;
  }

  #newLosers(key: string, winner: ManifestObject | undefined, losers: readonly ManifestObject[]): readonly Rejection[] {
    const files = [...losers, ...(winner ? [winner] : [])].map(({ where }) => where).join('\n');
    if (!winner || losers.length === 0) {
      this.#losers.delete(key);
      return [];
    }
    if (this.#losers.get(key) === files) return [];
    this.#losers.set(key, files);
    return losers.map((loser) => duplicate(loser, winner.where));
  }
}
