/**
 * Bytes to lines, without copying a byte twice.
 */

import { SvclaneError } from '../../errors.ts';

const NEWLINE = 0x0a;
/** Far above the 1.5 MiB that etcd stores of one object: only what is no watch stream at all gets there. */
const MAX_LINE_BYTES = 32 * 1024 * 1024;

/**
 * Cuts a stream of chunks into lines of text. Each byte is scanned once; the parts of a line that spans chunks are
 * joined when its end arrives. Throws `SVL_API_RESPONSE` when a line grows past 32 MiB.
 */
export class LineSplitter {
  #parts: Buffer[] = [];
  #pendingBytes = 0;

  /** Bytes of a line whose end has not arrived. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** The lines that `chunk` completes, without their newline; empty lines are left out. */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line = this.#complete(chunk.subarray(start, end));
      if (line !== '') lines.push(line);
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
    return lines;
  }

  #complete(last: Buffer): string {
    if (this.#pendingBytes === 0) return last.toString('utf8');
    const line = Buffer.concat([...this.#parts, last]).toString('utf8');
    this.#parts = [];
    this.#pendingBytes = 0;
    return line;
  }

  #keep(part: Buffer): void {
    this.#parts.push(part);
    this.#pendingBytes += part.length;
    if (this.#pendingBytes > MAX_LINE_BYTES) {
      throw new SvclaneError('SVL_API_RESPONSE', 'the API server sent a line without an end, which is no watch stream');
    }
  }
}
