/**
 * Reading manifest files again and again, only those that changed.
 *
 * After the first time a file must look the same in two scans before it is read, or counted as gone: an editor that
 * truncates or renames is not seen half-way.
 */

import { readFile } from 'node:fs/promises';
import { errnoOf } from '../../errors.ts';
import { unreadable } from './check-manifests-path.ts';
import { listManifests } from './list-manifests.ts';
import { type Decode, manifestRejection, type ParsedManifest, parseManifest } from './parse-manifest.ts';

/** A file that changed. `gone` = it is no more; `parsed` is empty then. */
export interface ReadManifest {
  readonly file: string;
  readonly gone: boolean;
  readonly parsed: ParsedManifest;
}

/** What a scan found. `unsettled` = some file changed and is to be looked at again soon. */
export interface ManifestScan {
  readonly folder: string;
  readonly folderId: string;
  readonly changed: readonly ReadManifest[];
  readonly unsettled: boolean;
}

/** Remembers what was read. Scans must not overlap. */
export class ManifestReader {
  readonly #path: string;
  readonly #decode: Decode;
  /** File → its signature when it was read. */
  readonly #known = new Map<string, string>();
  /** Files that changed since → the signature that was seen once; "" = missing. */
  #unsettled = new Map<string, string>();
  #scanned = false;

  constructor(path: string, decode: Decode) {
    this.#path = path;
    this.#decode = decode;
  }

  /** Reads what changed since the last scan, sorted by name. Throws `SVL_MANIFESTS_UNREADABLE`. */
  async scan(): Promise<ManifestScan> {
    const { folder, folderId, files } = await this.#list();
    const settled = this.#settle(files);
    const changed = await Promise.all(settled.map((file) => this.#read(file, files.get(file))));
    this.#scanned = true;
    const unsettled = this.#unsettled.size > 0 || changed.includes(undefined);
    return { folder, folderId, changed: changed.filter((read) => read !== undefined), unsettled };
  }

  async #list(): ReturnType<typeof listManifests> {
    try {
      return await listManifests(this.#path);
    } catch (error) {
      throw unreadable(this.#path, error);
    }
  }

  /** The files that changed and look as they did in the last scan. */
  #settle(files: ReadonlyMap<string, string>): readonly string[] {
    const names = [...new Set([...this.#known.keys(), ...files.keys()])].sort();
    const changed = names.filter((file) => this.#known.get(file) !== files.get(file));
    const isSettled = (file: string) => !this.#scanned || this.#unsettled.get(file) === (files.get(file) ?? '');
    const waiting = changed.filter((file) => !isSettled(file));
    const settled = changed.filter(isSettled);
    this.#unsettled = new Map(waiting.map((file) => [file, files.get(file) ?? '']));
    return settled;
  }

  /** `undefined` = the file went while it was being read: the next scan sees that. */
  async #read(file: string, signature: string | undefined): Promise<ReadManifest | undefined> {
    if (signature === undefined) {
      this.#known.delete(file);
      return { file, gone: true, parsed: NOTHING };
    }
    const parsed = await this.#parse(file);
    if (!parsed) return undefined;
    this.#known.set(file, signature);
    return { file, gone: false, parsed };
  }

  async #parse(file: string): Promise<ParsedManifest | undefined> {
    try {
      return parseManifest(file, await readFile(file, 'utf8'), this.#decode);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      const rejection = manifestRejection(file, file, '', unreadable(file, error).message);
      return { ...NOTHING, wrong: true, rejections: [rejection] };
    }
  }
}

const NOTHING: ParsedManifest = { objects: [], rejections: [], wrong: false, ignored: 0 };
