/**
 * The source of objects that reads manifest files and follows them.
 *
 *   start ─▶ scan ─▶ what differs, all at once into the sink ─▶ wait ─▶ scan ─▶ …
 *                                                                ├─ POLL_MS at most
 *                                                                └─ SETTLE_MS after word of a change
 */

import { SvclaneError } from '../../errors.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import { decodeObject } from '../../model/decode-object.ts';
import type { Rejection, ResourceStatus, Source, SourceSink, SourceStatus, WatchedKind } from '../../model/source.ts';
import { channels } from '../../observability/channels.ts';
import { createFolderWatch, type FolderWatch } from './folder-watch.ts';
import { ManifestReader, type ManifestScan, type ReadManifest } from './manifest-reader.ts';
import { ManifestSet } from './manifest-set.ts';
import type { Decode } from './parse-manifest.ts';

const SETTLE_MS = 50;
const POLL_MS = 2000;
const KINDS = ['Service', 'EndpointSlice'] as const;

/** What the source needs. `nodeName`: of Nodes, only this one is told; absent = every one. */
export interface ManifestsSourceOptions {
  /** A folder, or one file. */
  readonly path: string;
  readonly clock: Clock;
  readonly nodeName?: string;
  readonly decode?: Decode;
  readonly createWatch?: (changed: () => void) => FolderWatch;
}

/**
 * Creates a source of the Services, EndpointSlices and Nodes in manifests; other kinds are counted and left out. A file
 * that becomes wrong, or a folder that cannot be read, is reported, and the last good content serves on.
 */
export function createManifestsSource(options: ManifestsSourceOptions): Source {
  return new ManifestsSource(options);
}

/** A file in force. `error` = why it is not in force as it stands. */
interface FileState {
  readonly ignored: number;
  readonly error: string | undefined;
}

class ManifestsSource implements Source {
  readonly kinds: readonly WatchedKind[] = KINDS;
  readonly #path: string;
  readonly #clock: Clock;
  readonly #nodeName: string | undefined;
  readonly #reader: ManifestReader;
  readonly #watch: FolderWatch;
  readonly #set = new ManifestSet();
  readonly #files = new Map<string, FileState>();
  #sink: SourceSink | undefined;
  #timer: Timer | undefined;
  #scanning: Promise<void> | undefined;
  #hurry = false;
  #closed = false;
  #listed = false;
  #lastContactMs: number | undefined;
  #error: ResourceStatus['error'];
  #rereads = 0;

  constructor({
    path,
    clock,
    nodeName,
    decode = decodeObject,
    createWatch = createFolderWatch,
  }: ManifestsSourceOptions) {
    this.#path = path;
    this.#clock = clock;
    this.#nodeName = nodeName;
    this.#reader = new ManifestReader(path, decode);
    this.#watch = createWatch(() => this.#changed());
  }

  start(sink: SourceSink): void {
    this.#sink = sink;
    this.#startScan();
  }

  status(): SourceStatus {
    const ignored = [...this.#files.values()].reduce((sum, file) => sum + file.ignored, 0);
    const others = ignored === 0 ? '' : `; objects of other kinds left out: ${ignored}`;
    const description = `manifests ${this.#path} (files: ${this.#files.size}${others})`;
    return { type: 'manifests', description, resources: KINDS.map((kind) => this.#statusOf(kind)) };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    this.#watch.close();
    await this.#scanning;
  }

  #changed(): void {
    if (this.#closed || this.#hurry) return;
    this.#hurry = true;
    if (!this.#scanning) this.#wait();
  }

  #wait(): void {
    if (this.#closed) return;
    this.#timer?.cancel();
    this.#timer = this.#clock.setTimer(() => this.#startScan(), this.#hurry ? SETTLE_MS : POLL_MS);
  }

  #startScan(): void {
    this.#hurry = false;
    this.#scanning = this.#scan().then(() => {
      this.#scanning = undefined;
      this.#wait();
    });
  }

  async #scan(): Promise<void> {
    const scan = await this.#reader.scan().catch((error: unknown) => asSvclaneError(error));
    if (this.#closed) return;
    const before = JSON.stringify([this.#listed, this.#error]);
    if (scan instanceof SvclaneError) this.#lose(scan);
    else this.#deliver(scan);
    if (JSON.stringify([this.#listed, this.#error]) !== before) this.#publish();
  }

  /** The watch of a folder that is gone would say nothing of one that comes in its place. */
  #lose(error: SvclaneError): void {
    this.#watch.close();
    this.#error = errorStatus(error);
  }

  /** One synchronous run: whoever listens sees all of a scan or none of it. */
  #deliver({ folder, folderId, changed, unsettled }: ManifestScan): void {
    if (this.#watch.follow(folder, folderId) || unsettled) this.#hurry = true;
    this.#lastContactMs = this.#clock.now();
    if (this.#listed && changed.length > 0) this.#rereads += 1;
    for (const read of changed) this.#take(read);
    this.#emit();
    this.#error = this.#fileError();
    if (this.#listed) return;
    this.#listed = true;
    for (const kind of KINDS) this.#sink?.listed(kind);
  }

  #take({ file, gone, parsed }: ReadManifest): void {
    const known = this.#files.get(file);
    // Before a file was ever read, its right parts are better than nothing.
    const keepsLastGood = parsed.wrong && known !== undefined;
    const wanted = parsed.objects.filter(({ object }) => this.#isWanted(object.kind, object.name));
    if (!keepsLastGood) this.#set.replace(file, wanted);
    const ignored = keepsLastGood ? known.ignored : parsed.ignored;
    if (gone) this.#files.delete(file);
    else this.#files.set(file, { ignored, error: parsed.wrong ? firstMessage(parsed.rejections) : undefined });
    for (const rejection of parsed.rejections) this.#sink?.rejected(rejection);
  }

  #isWanted(kind: WatchedKind, name: string): boolean {
    return kind !== 'Node' || this.#nodeName === undefined || name === this.#nodeName;
  }

  #emit(): void {
    const { applied, deleted, rejections } = this.#set.takeChanges();
    for (const object of deleted) {
      this.#sink?.delete(object.kind, 'namespace' in object ? object.namespace : '', object.name);
    }
    for (const object of applied) this.#sink?.apply(object);
    for (const rejection of rejections) this.#sink?.rejected(rejection);
  }

  #fileError(): ResourceStatus['error'] {
    const message = [...this.#files.values()].find(({ error }) => error !== undefined)?.error;
    if (message === undefined) return undefined;
    return { code: 'SVL_MANIFEST_INVALID', message, hint: 'the last good content of the file stays in force' };
  }

  #statusOf(kind: (typeof KINDS)[number]): ResourceStatus {
    const isAway = this.#error?.code === 'SVL_MANIFESTS_UNREADABLE';
    return {
      kind,
      state: this.#listed ? (isAway ? 'stale' : 'synced') : 'listing',
      resourceVersion: this.#set.version,
      lastContactMs: this.#lastContactMs,
      objects: this.#set.count(kind),
      relists: this.#rereads,
      restarts: 0,
      error: this.#error,
    };
  }

  #publish(): void {
    for (const kind of KINDS) channels.resource.publish({ status: this.#statusOf(kind) });
  }
}

function asSvclaneError(error: unknown): SvclaneError {
  if (error instanceof SvclaneError) return error;
  throw error;
}

function errorStatus({ code, message, hint }: SvclaneError): NonNullable<ResourceStatus['error']> {
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}

function firstMessage(rejections: readonly Rejection[]): string {
  const rejection = rejections.find(({ skipped }) => skipped);
  const [problem] = rejection?.problems ?? [];
  return [rejection?.where, problem?.path, problem?.message].filter((part) => part).join(': ');
}
