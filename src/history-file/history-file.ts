/**
 * The history file: what changed, appended as it changes, so that it outlives a restart.
 *
 *   history ──▶ queue (bounded) ──▶ FILE ── full ──▶ FILE.1, and a new FILE that begins with a keyframe
 *
 * Nothing here delays routing: lines are made when a table is in force already, and written one after the other. What
 * cannot be written is reported once, and tried again; the file then goes on with a keyframe.
 */

import { setImmediate } from 'node:timers/promises';
import { SvclaneError } from '../errors.ts';
import type { Clock } from '../lib/clock.ts';
import type { HeaderLine } from '../recording/record-lines.ts';
import { RecordWriter } from '../recording/record-writer.ts';
import type { History } from '../routing/history.ts';
import type { Revision } from '../routing/revision.ts';
import { loadSegment } from './load-history.ts';
import { SegmentWriter } from './segment-writer.ts';

export interface HistoryFileOptions {
  readonly path: string;
  /** Empty, but for what the file has. */
  readonly history: History;
  readonly header: Omit<HeaderLine, 'type' | 'format' | 'version'>;
  readonly clock: Clock;
  /** Told once what is wrong, and `undefined` when it is in order again. */
  readonly report: (problem: SvclaneError | undefined) => void;
}

/** Follows the history until `close`, which waits for what is to be written. Idempotent. */
export interface HistoryFile {
  /** Writes what is to be written and lets go of the file, for another process to go on with. */
  pause(): Promise<void>;
  /** The other process has left the file as it was: goes on, with a keyframe. */
  resume(): void;
  close(): Promise<void>;
}

/** A file is full at this size, or when it has so many revisions as the ring. */
const MAX_BYTES = 32 * 1024 * 1024;
/** A keyframe may be larger than that: a file holds several. */
const KEYFRAMES = 4;
const MAX_QUEUED_BYTES = 16 * 1024 * 1024;
const RETRY_MS = 30_000;
/** So many Services of a keyframe are written at a time. */
const BATCH = 100;

/** Loads the past into the history, and follows it from there. Never rejects: what is wrong with the file is reported. */
export async function openHistoryFile(options: HistoryFileOptions): Promise<HistoryFile> {
  const { path, history, report } = options;
  const older = await loadSegment(`${path}.1`, history);
  const newer = await loadSegment(path, history);
  const problem = newer.problem ?? older.problem;
  if (problem) report(problem);
  if (older.isForeign || newer.isForeign) return UNWRITTEN;
  history.resume();
  const segment = new SegmentWriter(path, options.header, newer.isDamaged ? 0 : newer.goodBytes);
  return new Follower(options, segment, { revisions: newer.revisions, rotate: newer.isDamaged });
}

/** A foreign file is left as it is. */
const UNWRITTEN: HistoryFile = { pause: async () => undefined, resume: () => undefined, close: async () => undefined };

/** A line, or a whole table. */
type Job = { readonly text: string } | { readonly keyframe: Revision; readonly rotate: boolean };

class Follower implements HistoryFile {
  readonly #options: HistoryFileOptions;
  readonly #segment: SegmentWriter;
  readonly #writer: RecordWriter;
  #unfollow: (() => void) | undefined;
  #queue: Job[] = [];
  #queuedBytes = 0;
  #drained: Promise<void> | undefined;
  /** The generation that was queued last. */
  #last: number;
  #revisions: number;
  #keyframeBytes = 0;
  /** What comes next must be a keyframe, for the file does not have what is before it. */
  #needsKeyframe: boolean;
  #rotate: boolean;
  #failedAtMs: number | undefined;

  constructor(
    options: HistoryFileOptions,
    segment: SegmentWriter,
    { revisions, rotate }: { readonly revisions: number; readonly rotate: boolean },
  ) {
    const { history } = options;
    this.#options = options;
    this.#segment = segment;
    this.#writer = new RecordWriter({ history, withDigest: false });
    this.#last = history.newest?.generation ?? 0;
    this.#revisions = revisions;
    this.#rotate = rotate;
    this.#needsKeyframe = segment.bytes === 0;
    this.#follow();
  }

  async pause(): Promise<void> {
    this.#unfollow?.();
    this.#unfollow = undefined;
    while (this.#drained) await this.#drained;
    await this.#segment.close();
  }

  resume(): void {
    if (this.#unfollow) return;
    this.#needsKeyframe = true;
    this.#follow();
  }

  close(): Promise<void> {
    return this.pause();
  }

  #follow(): void {
    this.#unfollow = this.#options.history.follow(() => this.#take());
  }

  #take(): void {
    const { history, clock } = this.#options;
    const { newest } = history;
    if (!newest || this.#isWaiting(clock.monotonic())) return;
    if (this.#needsKeyframe || this.#isFull()) this.#queueKeyframe(newest);
    else for (const revision of history.after(this.#last)) this.#queueChange(revision);
    this.#last = newest.generation;
    this.#start();
  }

  #isWaiting(nowMs: number): boolean {
    return this.#failedAtMs !== undefined && nowMs < this.#failedAtMs + RETRY_MS;
  }

  #isFull(): boolean {
    const { maxRevisions } = this.#options.history.bounds;
    const bytes = this.#segment.bytes + this.#queuedBytes;
    if (this.#revisions < maxRevisions && bytes < Math.max(MAX_BYTES, KEYFRAMES * this.#keyframeBytes)) return false;
    this.#rotate = true;
    return true;
  }

  #queueKeyframe(revision: Revision): void {
    // Its table is made here, while the ring has it.
    const { table } = revision;
    this.#queue.push({ keyframe: { ...revision, table, previous: table }, rotate: this.#rotate });
    this.#needsKeyframe = false;
    this.#revisions = this.#rotate ? 1 : this.#revisions + 1;
    this.#rotate = false;
  }

  #queueChange(revision: Revision): void {
    const text = this.#writer.change(revision);
    this.#revisions++;
    this.#queuedBytes += text.length;
    this.#queue.push({ text });
    if (this.#queuedBytes > MAX_QUEUED_BYTES) this.#fail(new Error('the disk is too slow'));
  }

  /** A drain that has nothing to do would be over before it is known. */
  #start(): void {
    if (this.#queue.length > 0) this.#drained ??= this.#drain();
  }

  async #drain(): Promise<void> {
    try {
      for (let job = this.#queue.shift(); job; job = this.#queue.shift()) {
        if ('text' in job) {
          this.#queuedBytes -= job.text.length;
          await this.#segment.append(job.text);
        } else await this.#writeKeyframe(job.keyframe, job.rotate);
        this.#recovered();
      }
    } catch (error) {
      this.#fail(error);
      await this.#segment.close().catch(() => undefined);
    } finally {
      this.#drained = undefined;
      this.#start();
    }
  }

  async #writeKeyframe({ table, atMs }: Revision, rotate: boolean): Promise<void> {
    await this.#segment.start(rotate);
    const before = this.#segment.bytes;
    let texts: string[] = [];
    for (const text of this.#writer.keyframe(table, atMs)) {
      if (text !== undefined) texts.push(text);
      if (texts.length < BATCH) continue;
      await this.#segment.append(texts.join(''), { isWhole: false });
      texts = [];
      await setImmediate();
    }
    await this.#segment.append(texts.join(''));
    this.#keyframeBytes = this.#segment.bytes - before;
  }

  #fail(error: unknown): void {
    const { path, clock, report } = this.#options;
    const isNew = this.#failedAtMs === undefined;
    this.#failedAtMs = clock.monotonic();
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#needsKeyframe = true;
    if (!isNew) return;
    const reason = error instanceof Error ? error.message : String(error);
    const hint = 'svclane serves on and tries again; free space, or name another history.file';
    report(new SvclaneError('SVL_HISTORY_FILE', `cannot write ${path}: ${reason}`, { cause: error, hint }));
  }

  #recovered(): void {
    if (this.#failedAtMs === undefined) return;
    this.#failedAtMs = undefined;
    this.#options.report(undefined);
  }
}
