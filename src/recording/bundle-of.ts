/**
 * A bundle of a running daemon, as it is written: its state, and then every change as it comes.
 */

import type { History } from '../routing/history.ts';
import type { Revision } from '../routing/revision.ts';
import { formatLine, type HeaderLine, RECORD_VERSION } from './record-lines.ts';
import { RecordWriter } from './record-writer.ts';

export interface BundleOptions {
  readonly history: History;
  readonly header: Omit<HeaderLine, 'type' | 'format' | 'version'>;
  /** Go on with the changes to come, until `signal` is aborted. */
  readonly follow: boolean;
  /** Begin with the table that was in force at this time, or the oldest that is there; default: with the newest. */
  readonly sinceMs?: number;
  readonly signal: AbortSignal;
  /** Lets others run: called now and then within a large table. */
  readonly pause: () => Promise<unknown>;
}

/** So many Services, or revisions, are written at a time. */
const BATCH = 100;

/**
 * The lines, some at a time, each with its end. With `follow` there is no end line: whoever cuts it off writes that. Where
 * the ring has lost revisions since the last line (a slow reader), a keyframe stands for them.
 */
export async function* bundleOf(options: BundleOptions): AsyncGenerator<string> {
  let lines = 0;
  for await (const text of linesOf(options)) {
    lines += text.split('\n').length - 1;
    yield text;
  }
  if (!options.follow) yield formatLine({ type: 'end', lines });
}

async function* linesOf({ history, header, follow, sinceMs, signal, pause }: BundleOptions): AsyncGenerator<string> {
  yield formatLine({ type: 'header', format: 'svclane-bundle', version: RECORD_VERSION, ...header });
  const writer = new RecordWriter({ history, withDigest: true });
  const arrivals = new Arrivals(history, signal);
  let last = 0;
  let until = Number.POSITIVE_INFINITY;
  try {
    while (!signal.aborted) {
      const start = last === 0 ? firstOf(history, sinceMs) : lostSince(history, last);
      if (start) {
        if (!follow && last === 0) until = history.newest?.generation ?? 0;
        last = start.generation;
        yield* keyframeOf(writer, start, pause);
        continue;
      }
      const { text, generation } = nextChanges(writer, history, last, until);
      if (text !== '') yield text;
      else if ((!follow && last > 0) || !(await arrivals.next())) return;
      last = generation;
    }
  } finally {
    arrivals.close();
  }
}

function firstOf(history: History, sinceMs: number | undefined): Revision | undefined {
  if (sinceMs === undefined) return history.newest;
  return history.atTime(sinceMs) ?? history.oldest;
}

/** Where to begin anew, when a revision behind `last` has left the ring already. */
function lostSince(history: History, last: number): Revision | undefined {
  const { oldest } = history;
  return oldest && oldest.generation > last + 1 ? oldest : undefined;
}

async function* keyframeOf(
  writer: RecordWriter,
  { table, atMs }: Revision,
  pause: () => Promise<unknown>,
): AsyncGenerator<string> {
  let texts: string[] = [];
  let steps = 0;
  for (const text of writer.keyframe(table, atMs)) {
    if (text !== undefined) texts.push(text);
    if (++steps % BATCH !== 0) continue;
    await pause();
    if (texts.length > 0) yield texts.join('');
    texts = [];
  }
  yield texts.join('');
}

/** Made in one go, so that the ring does not move meanwhile. */
function nextChanges(
  writer: RecordWriter,
  history: History,
  last: number,
  until: number,
): { readonly text: string; readonly generation: number } {
  let text = '';
  let generation = last;
  if (last === 0) return { text, generation };
  let left = BATCH;
  for (const revision of history.after(last)) {
    if (left-- === 0 || revision.generation > until) break;
    text += writer.change(revision);
    generation = revision.generation;
  }
  return { text, generation };
}

/** Waits for what comes, and forgets nothing that came while nobody waited. */
class Arrivals {
  readonly #signal: AbortSignal;
  readonly #unfollow: () => void;
  #hasNews = false;
  #wake: (() => void) | undefined;
  readonly #aborted = (): void => this.#wake?.();

  constructor(history: History, signal: AbortSignal) {
    this.#signal = signal;
    this.#unfollow = history.follow(() => {
      this.#hasNews = true;
      this.#wake?.();
    });
    signal.addEventListener('abort', this.#aborted);
  }

  /** Resolves when a revision was added since the last call; `false` = aborted. */
  async next(): Promise<boolean> {
    if (!this.#hasNews && !this.#signal.aborted) {
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
    this.#hasNews = false;
    this.#wake = undefined;
    return !this.#signal.aborted;
  }

  close(): void {
    this.#unfollow();
    this.#signal.removeEventListener('abort', this.#aborted);
  }
}
