/**
 * One file that is appended to: it always goes on behind what is whole in it.
 */

import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf } from '../errors.ts';
import { formatLine, type HeaderLine, RECORD_VERSION } from '../recording/record-lines.ts';

/** Opens the file when it is first written to. Whoever calls waits for one call before the next. */
export class SegmentWriter {
  readonly #path: string;
  readonly #header: Omit<HeaderLine, 'type' | 'format' | 'version'>;
  #file: FileHandle | undefined;
  /** What is whole, and what was written behind it. */
  #goodBytes: number;
  #bytes: number;

  /** `goodBytes` of a file that is there are in order; 0 = none, or there is no file. */
  constructor(path: string, header: Omit<HeaderLine, 'type' | 'format' | 'version'>, goodBytes: number) {
    this.#path = path;
    this.#header = header;
    this.#goodBytes = goodBytes;
    this.#bytes = goodBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Begins a table: with `rotate` in a new file, the one that is there becomes FILE.1. */
  async start(rotate: boolean): Promise<void> {
    if (rotate) await this.#rotate();
    const { length } = await this.#open();
    if (length > 0) return;
    await this.append(
      formatLine({ type: 'header', format: 'svclane-history', version: RECORD_VERSION, ...this.#header }),
      {
        isWhole: false,
      },
    );
  }

  /** `isWhole` = a table is complete with it: behind that the file can go on. */
  async append(text: string, { isWhole = true }: { readonly isWhole?: boolean } = {}): Promise<void> {
    const { file } = await this.#open();
    await file.appendFile(text);
    this.#bytes += Buffer.byteLength(text);
    if (isWhole) this.#goodBytes = this.#bytes;
  }

  /** It may be written to again. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  /** What was not written whole is cut off first. */
  async #open(): Promise<{ readonly file: FileHandle; readonly length: number }> {
    if (!this.#file) {
      await mkdir(dirname(this.#path), { recursive: true });
      this.#file = await open(this.#path, 'a', 0o600);
      await this.#file.truncate(this.#goodBytes);
      this.#bytes = this.#goodBytes;
    }
    return { file: this.#file, length: this.#bytes };
  }

  async #rotate(): Promise<void> {
    await this.close();
    try {
      await rename(this.#path, `${this.#path}.1`);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
    this.#goodBytes = 0;
    this.#bytes = 0;
  }
}
