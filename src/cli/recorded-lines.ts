/**
 * The lines of a recording on their way to the file: whole ones only, and an end that makes the bundle complete wherever
 * it was stopped.
 */

import { once } from 'node:events';
import type { FileHandle } from 'node:fs/promises';
import { SvclaneError } from '../errors.ts';
import { isRecord } from '../lib/is-record.ts';
import type { formatLine } from '../recording/record-lines.ts';

/** Counts what comes, by the types of its lines. A file has to be open for appending. */
export class RecordedLines {
  readonly #target: FileHandle | NodeJS.WritableStream;
  readonly #decoder = new TextDecoder();
  #rest = '';
  #lines = 0;
  #bytes = 0;
  /** Objects of a keyframe that are still to come. */
  #missing = 0;
  /** Where the last whole table ended. */
  #whole = { lines: 0, bytes: 0 };
  revisions = 0;
  hasEnded = false;

  constructor(target: FileHandle | NodeJS.WritableStream) {
    this.#target = target;
  }

  /** A table has come whole. */
  get isWhole(): boolean {
    return this.revisions > 0;
  }

  async add(chunk: Uint8Array): Promise<void> {
    const lines = `${this.#rest}${this.#decoder.decode(chunk, { stream: true })}`.split('\n');
    this.#rest = lines.pop() ?? '';
    if (lines.length === 0) return;
    for (const line of lines) this.#count(line);
    await this.#write(lines.map((line) => `${line}\n`).join(''));
  }

  /** Writes the end line behind the last whole table, where there is one and the daemon has not written it. */
  async end(format: typeof formatLine): Promise<void> {
    if (this.hasEnded || !this.isWhole) return;
    if (this.#whole.bytes < this.#bytes && 'truncate' in this.#target) {
      await this.#target.truncate(this.#whole.bytes);
      this.#lines = this.#whole.lines;
    }
    await this.#write(format({ type: 'end', lines: this.#lines }));
  }

  #count(line: string): void {
    this.#lines++;
    this.#bytes += Buffer.byteLength(line) + 1;
    if (line.startsWith('{"type":"keyframe"')) this.#missing = objectsOf(line);
    else if (line.startsWith('{"type":"object"')) this.#missing--;
    else if (line.startsWith('{"type":"end"')) this.hasEnded = true;
    if (this.#lines === 1 || this.#missing > 0 || this.hasEnded) return;
    this.revisions++;
    this.#whole = { lines: this.#lines, bytes: this.#bytes };
  }

  async #write(text: string): Promise<void> {
    const target = this.#target;
    if ('truncate' in target) await append(target, text);
    else if (!target.write(text)) await once(target, 'drain');
  }
}

/** How many objects follow a keyframe. */
function objectsOf(line: string): number {
  const parsed: unknown = JSON.parse(line);
  return isRecord(parsed) && typeof parsed.objects === 'number' ? parsed.objects : 0;
}

async function append(file: FileHandle, text: string): Promise<void> {
  try {
    await file.appendFile(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SvclaneError('SVL_BUNDLE_UNREADABLE', `cannot write the bundle: ${reason}`, { cause });
  }
}
