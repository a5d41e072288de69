/**
 * Frame writer: what a session sends, gathered into messages.
 *
 *   control frames ────────────────┐
 *                                  ├─▶ message ─▶ link, while its backlog is short
 *   data of streams, in turns ─────┘
 *
 * Everything that is sent in one turn of the event loop goes out in one message. A stream's bytes are taken in parts, one
 * part of each stream after the other; the writer of bytes is told when the last of them left the queue, so that what
 * waits here is one write for each stream.
 */

import { dataFrameHeader, FRAME_HEADER_BYTES } from './spdy-frames.ts';

/** What carries messages. */
export interface MessageLink {
  /** `sent` is called once, when the bytes are out of this process, or never will be: until then they must not change. */
  send(message: Buffer, sent: () => void): void;
  /** Bytes that were given to `send` and are not out. */
  backlog(): number;
}

/** Bytes to send on a stream. `done` is called once, unless the stream is dropped first. */
interface Entry {
  readonly streamId: number;
  readonly fin: boolean;
  readonly done: () => void;
  bytes: Buffer;
}

/** How much a stream may send; the writer takes what it sends from it. */
export interface SendWindow {
  allowance(streamId: number): number;
  taken(streamId: number, bytes: number): void;
}

const PART_BYTES = 65_536;
const MESSAGE_BYTES = 131_072;
const BACKLOG_BYTES = 524_288;
/** Messages from this length on are put into buffers that are used again: garbage of this size is what costs most. */
const LARGE_BYTES = 16_384;
const BUFFER_BYTES = 262_144;
const MAX_FREE_BUFFERS = 4;

/** The sending half of a session. */
export class FrameWriter {
  readonly #link: MessageLink;
  readonly #window: SendWindow;
  #control: Buffer[] = [];
  #ready: Entry[] = [];
  readonly #parked = new Map<number, Entry>();
  readonly #free: Buffer[] = [];
  #scheduled = false;
  #closed = false;

  constructor(link: MessageLink, window: SendWindow) {
    this.#link = link;
    this.#window = window;
  }

  /** Whether data waits for the link: it takes less than is sent. */
  get isBlocked(): boolean {
    return this.#ready.length > 0 && this.#link.backlog() >= BACKLOG_BYTES;
  }

  /** Sends a control frame, before all data that waits. */
  control(frame: Buffer): void {
    this.#control.push(frame);
    this.#schedule();
  }

  /** Sends bytes. The next call for a stream comes after `done`, so that its bytes stay in order. */
  data(streamId: number, bytes: Buffer, fin: boolean, done: () => void): void {
    this.#ready.push({ streamId, bytes, fin, done });
    this.#schedule();
  }

  /** Forgets what waits of a stream. */
  drop(streamId: number): void {
    this.#ready = this.#ready.filter((entry) => entry.streamId !== streamId);
    this.#parked.delete(streamId);
  }

  /** A stream may send more. */
  unpark(streamId: number): void {
    const entry = this.#parked.get(streamId);
    if (entry === undefined) return;
    this.#parked.delete(streamId);
    this.#ready.push(entry);
    this.#schedule();
  }

  /** Sends nothing any more. */
  close(): void {
    this.#closed = true;
    this.#control = [];
    this.#ready = [];
    this.#parked.clear();
  }

  #schedule(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    while (!this.#closed && this.#link.backlog() < BACKLOG_BYTES) {
      const parts = this.#nextParts();
      if (parts.length === 0) return;
      const length = parts.reduce((sum, part) => sum + part.length, 0);
      const buffer = length >= LARGE_BYTES && length <= BUFFER_BYTES ? this.#takeBuffer() : undefined;
      this.#link.send(buffer === undefined ? Buffer.concat(parts, length) : fill(buffer, parts), () => {
        if (buffer !== undefined && this.#free.length < MAX_FREE_BUFFERS) this.#free.push(buffer);
        if (this.#ready.length > 0 || this.#control.length > 0) this.#schedule();
      });
    }
  }

  #takeBuffer(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
  }

  #nextParts(): readonly Buffer[] {
    const parts = this.#control;
    this.#control = [];
    let length = 0;
    for (let entry = this.#ready.shift(); entry !== undefined; entry = this.#ready.shift()) {
      length += this.#takePart(entry, parts);
      if (length >= MESSAGE_BYTES) break;
    }
    return parts;
  }

  /** Adds the next part of an entry to a message; gives its length. */
  #takePart(entry: Entry, parts: Buffer[]): number {
    const { streamId, bytes, fin, done } = entry;
    const allowed = Math.min(PART_BYTES, this.#window.allowance(streamId));
    if (bytes.length > 0 && allowed <= 0) {
      this.#parked.set(streamId, entry);
      return 0;
    }
    const part = bytes.subarray(0, allowed);
    const isLast = part.length === bytes.length;
    this.#window.taken(streamId, part.length);
    parts.push(dataFrameHeader(streamId, part.length, fin && isLast), part);
    if (isLast) {
      done();
    } else {
      entry.bytes = bytes.subarray(part.length);
      this.#ready.push(entry);
    }
    return FRAME_HEADER_BYTES + part.length;
  }
}

function fill(buffer: Buffer, parts: readonly Buffer[]): Buffer {
  let at = 0;
  for (const part of parts) at += part.copy(buffer, at);
  return buffer.subarray(0, at);
}
