/**
 * Frame writer: what a session sends, gathered into messages.
 *
 *   control frames ────────────────┐
 *                                  ├─▶ message ─▶ link, while its backlog is short
 *   data of streams, in turns ─────┘
 *
 * Everything that is sent in one turn of the event loop goes out in one message. A stream's bytes are taken in parts, one
 * part of each stream after the other; the writer of bytes is told when the last of them left the queue, so that what
 * waits here is one write for each stream. Bytes that cannot wait (`takeNow`) are put into a message at once, which is
 * *open* until the end of the turn: what is sent meanwhile goes behind them.
 */

import type { MessageLink } from './message-link.ts';
import { MessageBuffers, type OpenMessage, PART_BYTES, ROOM_BYTES } from './open-message.ts';
import type { SendWindow } from './send-window.ts';
import { dataFrameHeader, FRAME_HEADER_BYTES } from './spdy-frames.ts';

/** Bytes to send on a stream. `done` is called once, unless the stream is dropped first. */
interface Entry {
  readonly streamId: number;
  readonly fin: boolean;
  readonly done: () => void;
  bytes: Buffer;
}

const MESSAGE_BYTES = 131_072;
const BACKLOG_BYTES = 524_288;
/** Messages from this length on are put into buffers that are used again. */
const LARGE_BYTES = 16_384;
const ROOM = Buffer.alloc(ROOM_BYTES);

/** The sending half of a session. */
export class FrameWriter {
  readonly #link: MessageLink;
  readonly #window: SendWindow;
  #control: Buffer[] = [];
  #ready: Entry[] = [];
  readonly #parked = new Map<number, Entry>();
  readonly #buffers = new MessageBuffers();
  /** What was taken, and one message of it that is full and waits for the link. */
  #open: OpenMessage | undefined;
  #full: OpenMessage | undefined;
  #awaitingRoom: (() => void)[] = [];
  #scheduled = false;
  #closed = false;

  constructor(link: MessageLink, window: SendWindow) {
    this.#link = link;
    this.#window = window;
  }

  /** Whether data waits for the link: it takes less than is sent. */
  get isBlocked(): boolean {
    return this.#ready.length > 0 && this.#link.backlog() >= MESSAGE_BYTES;
  }

  /** Sends a control frame, before all data that waits. */
  control(frame: Buffer): void {
    this.#schedule();
    if (this.#open === undefined) {
      this.#control.push(frame);
      return;
    }
    if (this.#makeRoom(frame.length) && this.#open !== undefined) this.#open.append(frame);
    else this.#control.push(frame);
  }

  /** Puts bytes of a stream that has none waiting into the open message, and says how many. Few are not worth one. */
  takeNow(streamId: number, bytes: Uint8Array): number {
    const isFree = !this.#closed && this.#ready.length === 0;
    if (!isFree || (this.#open === undefined && !this.#isWorthOne(bytes))) return 0;
    let taken = 0;
    while (taken < bytes.length) {
      const allowed = Math.min(PART_BYTES, bytes.length - taken, this.#window.allowance(streamId));
      if (allowed <= 0 || !this.#makeRoom(FRAME_HEADER_BYTES + allowed)) break;
      const message = this.#open ?? this.#begin();
      message.append(dataFrameHeader(streamId, allowed, false));
      message.append(bytes.subarray(taken, taken + allowed));
      this.#window.taken(streamId, allowed);
      taken += allowed;
    }
    this.#schedule();
    return taken;
  }

  /** Few bytes are not worth a message, nor do they all fit behind many control frames. */
  #isWorthOne(bytes: Uint8Array): boolean {
    return bytes.length >= LARGE_BYTES && lengthOf(this.#control) <= PART_BYTES;
  }

  /** Sends bytes. The next call for a stream comes after `done`, so that its bytes stay in order. */
  data(streamId: number, bytes: Buffer, fin: boolean, done: () => void): void {
    this.#ready.push({ streamId, bytes, fin, done });
    this.#schedule();
  }

  /** Whether `takeNow` had better wait; then `free` is called, once, unless the writer is closed first. */
  awaitRoom(free: () => void): boolean {
    const hasRoom = this.#open === undefined || this.#open.fits(FRAME_HEADER_BYTES + PART_BYTES);
    if (this.#full === undefined && (hasRoom || this.#isLinkFree())) return false;
    this.#awaitingRoom.push(free);
    return true;
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
    this.#open = undefined;
    this.#full = undefined;
    this.#awaitingRoom = [];
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
    if (!this.#closed) this.#sendTaken();
    while (!this.#closed && !this.#hasTaken && this.#isLinkFree()) {
      const parts = this.#nextParts();
      if (parts.length === 0) return;
      const length = ROOM_BYTES + lengthOf(parts);
      const message = length >= LARGE_BYTES ? this.#buffers.open() : undefined;
      if (message?.fits(length - ROOM_BYTES)) {
        for (const part of parts) message.append(part);
        this.#send(message.bytes, message);
      } else {
        this.#send(Buffer.concat([ROOM, ...parts], length), message);
      }
    }
  }

  get #hasTaken(): boolean {
    return this.#open !== undefined || this.#full !== undefined;
  }

  get #hasMore(): boolean {
    return this.#ready.length + this.#control.length > 0 || this.#hasTaken;
  }

  #isLinkFree(): boolean {
    return !this.#link.isBusy() && this.#link.backlog() < BACKLOG_BYTES;
  }

  /** `message` is given back when the bytes are out. */
  #send(bytes: Buffer, message: OpenMessage | undefined): void {
    this.#link.send(bytes, () => {
      if (message !== undefined) this.#buffers.give(message);
      if (this.#hasMore) this.#schedule();
    });
  }

  /** Opens a message, behind the control frames that wait. */
  #begin(): OpenMessage {
    const message = this.#buffers.open();
    this.#open = message;
    const control = this.#control;
    this.#control = [];
    for (const frame of control) message.append(frame);
    return message;
  }

  /** Whether the open message, or a new one, takes so much more. One that is full is sent, or waits for the link. */
  #makeRoom(length: number): boolean {
    if (this.#open?.fits(length)) return true;
    if (this.#full !== undefined) return false;
    if (this.#open === undefined) return true;
    this.#full = this.#open;
    this.#open = undefined;
    this.#sendTaken();
    return this.#full === undefined;
  }

  /** Sends what was taken, while the link is free. */
  #sendTaken(): void {
    for (let message = this.#next(); message !== undefined; message = this.#next()) this.#send(message.bytes, message);
    if (this.#full !== undefined) return;
    const waiting = this.#awaitingRoom;
    this.#awaitingRoom = [];
    for (const free of waiting) free();
  }

  #next(): OpenMessage | undefined {
    if (!this.#isLinkFree()) return undefined;
    const message = this.#full ?? this.#open;
    if (message === this.#open) this.#open = undefined;
    this.#full = undefined;
    return message;
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

function lengthOf(parts: readonly Buffer[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
