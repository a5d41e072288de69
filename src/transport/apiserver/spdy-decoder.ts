/**
 * Frames of SPDY/3.1, read from pieces that are cut anywhere.
 *
 * Data is passed on as it comes, in parts of its frame and without copying; control frames when they are whole.
 *
 * Source: SPDY Protocol, Draft 3.1, section 2.
 */

import { FLAG_FIN, FRAME_HEADER_BYTES, FRAME_TYPE, SETTING_INITIAL_WINDOW, SPDY_VERSION } from './spdy-frames.ts';

/** What frames mean to the receiver. Header blocks are compressed still. */
export interface FrameReceiver {
  /** Never empty; a view of what was pushed. */
  data(streamId: number, bytes: Buffer): void;
  /** The other side sends nothing more on the stream. */
  fin(streamId: number): void;
  synStream(streamId: number, headers: Buffer): void;
  synReply(streamId: number, headers: Buffer): void;
  rstStream(streamId: number, status: number): void;
  initialWindow(bytes: number): void;
  windowUpdate(streamId: number, bytes: number): void;
  pingReceived(id: number): void;
  goAway(lastStreamId: number): void;
}

/** Real ones have tens of bytes; what is longer is no SPDY. */
const MAX_CONTROL_BYTES = 65_536;

/** Reads one direction of a session. `push` throws on what is no SPDY/3.1; nothing may be pushed after that. */
export class SpdyDecoder {
  readonly #receiver: FrameReceiver;
  /** The header of a frame, then the rest of it where it is a control frame: what has come, and how much is wanted. */
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #wanted = FRAME_HEADER_BYTES;
  #dataLeft = 0;
  #dataStream = 0;
  #dataFin = false;

  constructor(receiver: FrameReceiver) {
    this.#receiver = receiver;
  }

  push(bytes: Buffer): void {
    let offset = 0;
    while (offset < bytes.length) {
      if (this.#dataLeft > 0) offset += this.#takeData(bytes, offset);
      else offset += this.#keep(bytes, offset);
    }
  }

  #takeData(bytes: Buffer, offset: number): number {
    const length = Math.min(this.#dataLeft, bytes.length - offset);
    this.#dataLeft -= length;
    this.#receiver.data(this.#dataStream, bytes.subarray(offset, offset + length));
    if (this.#dataLeft === 0 && this.#dataFin) this.#receiver.fin(this.#dataStream);
    return length;
  }

  #keep(bytes: Buffer, offset: number): number {
    const length = Math.min(this.#wanted - this.#keptBytes, bytes.length - offset);
    this.#kept.push(bytes.subarray(offset, offset + length));
    this.#keptBytes += length;
    if (this.#keptBytes === this.#wanted) this.#advance();
    return length;
  }

  /** The wanted bytes are there: a header, or a whole control frame. */
  #advance(): void {
    const frame = this.#kept.length === 1 ? this.#kept[0] : undefined;
    const bytes = frame ?? Buffer.concat(this.#kept, this.#keptBytes);
    const length = bytes.readUInt32BE(4) & 0xffffff;
    const isControl = (bytes.readUInt8(0) & 0x80) !== 0;
    if (isControl && this.#wanted === FRAME_HEADER_BYTES && length > 0) {
      if (length > MAX_CONTROL_BYTES) throw new Error(`a control frame of ${length} bytes`);
      this.#kept = [bytes];
      this.#wanted += length;
      return;
    }
    this.#kept = [];
    this.#keptBytes = 0;
    this.#wanted = FRAME_HEADER_BYTES;
    if (isControl) this.#control(bytes);
    else this.#beginData(bytes.readUInt32BE(0), bytes.readUInt8(4), length);
  }

  #beginData(streamId: number, flags: number, length: number): void {
    this.#dataStream = streamId;
    this.#dataFin = (flags & FLAG_FIN) !== 0;
    this.#dataLeft = length;
    if (length === 0 && this.#dataFin) this.#receiver.fin(streamId);
  }

  #control(frame: Buffer): void {
    const version = frame.readUInt16BE(0) & 0x7fff;
    if (version !== SPDY_VERSION) throw new Error(`a control frame of SPDY version ${version}`);
    const type = frame.readUInt16BE(2);
    const receiver = this.#receiver;
    const first = frame.length >= 12 ? frame.readUInt32BE(8) & 0x7fffffff : 0;
    const second = frame.length >= 16 ? frame.readUInt32BE(12) : 0;
    if (type === FRAME_TYPE.synStream) receiver.synStream(first, frame.subarray(18));
    else if (type === FRAME_TYPE.synReply) receiver.synReply(first, frame.subarray(12));
    else if (type === FRAME_TYPE.rstStream) receiver.rstStream(first, second);
    else if (type === FRAME_TYPE.windowUpdate) receiver.windowUpdate(first, second & 0x7fffffff);
    else if (type === FRAME_TYPE.ping) receiver.pingReceived(frame.length >= 12 ? frame.readUInt32BE(8) : 0);
    else if (type === FRAME_TYPE.goAway) receiver.goAway(first);
    else if (type === FRAME_TYPE.settings) this.#settings(frame);
    const hasFin = type === FRAME_TYPE.synStream || type === FRAME_TYPE.synReply || type === FRAME_TYPE.headers;
    if (hasFin && (frame.readUInt8(4) & FLAG_FIN) !== 0) receiver.fin(first);
  }

  #settings(frame: Buffer): void {
    for (let at = 12; at + 8 <= frame.length; at += 8) {
      const id = frame.readUInt32BE(at) & 0xffffff;
      if (id === SETTING_INITIAL_WINDOW) this.#receiver.initialWindow(frame.readUInt32BE(at + 4) & 0x7fffffff);
    }
  }
}
