/**
 * Session: the streams of one SPDY/3.1 connection, seen from the client.
 *
 * Windows. We say how much a stream may send us, and give more as it is consumed. A server is held to have windows of
 * its own once it sends a WINDOW_UPDATE or a window size; Kubernetes' servers never do, nor do they look at ours: waiting
 * for them would be waiting forever. What then keeps memory bounded is the link, which is stopped while a stream holds
 * too much (`hold`, `release`).
 */

import { FrameWriter } from './frame-writer.ts';
import { HeaderBlockWriter } from './header-block.ts';
import type { MessageLink } from './message-link.ts';
import type { SendWindow } from './send-window.ts';
import { type FrameReceiver, SpdyDecoder } from './spdy-decoder.ts';
import {
  DEFAULT_WINDOW,
  initialWindowFrame,
  pingFrame,
  RST_STATUS,
  rstStreamFrame,
  synStreamFrame,
  windowUpdateFrame,
} from './spdy-frames.ts';

/** What a stream is told. After `reset` and after both sides' FIN nothing more is. */
export interface StreamReceiver {
  accepted(): void;
  received(bytes: Buffer): void;
  ended(): void;
  /** The server gave the stream up, or the session broke, with an error. */
  reset(error: Error | undefined): void;
}

/** What a session tells its owner. */
export interface SessionOwner {
  /** No stream can be opened any more; those that are open go on. */
  goneAway(): void;
  /** An answer to `ping`. */
  pong(): void;
}

interface StreamState {
  readonly receiver: StreamReceiver;
  sent: number;
  allowed: number;
  consumed: number;
  localFin: boolean;
  remoteFin: boolean;
}

/** What a stream may send us before we give more. Kubernetes' initial 64 KiB would need an update for every other frame. */
const RECEIVE_WINDOW = 1_048_576;
const MAX_STREAM_ID = 0x7fff_fffe;

/** One session. Its owner pushes what the link receives, and closes it when the link is gone. */
export class SpdySession implements FrameReceiver, SendWindow {
  readonly #writer: FrameWriter;
  readonly #owner: SessionOwner;
  readonly #decoder = new SpdyDecoder(this);
  readonly #headers = new HeaderBlockWriter();
  readonly #streams = new Map<number, StreamState>();
  #nextStreamId = 1;
  #nextPingId = 1;
  #hasWindows = false;
  #initialWindow = DEFAULT_WINDOW;
  #isGoingAway = false;

  constructor(link: MessageLink, owner: SessionOwner) {
    this.#writer = new FrameWriter(link, this);
    this.#owner = owner;
    this.#writer.control(initialWindowFrame(RECEIVE_WINDOW));
  }

  get size(): number {
    return this.#streams.size;
  }

  /** Whether another stream can be opened. */
  get isOpen(): boolean {
    return !this.#isGoingAway && this.#nextStreamId < MAX_STREAM_ID;
  }

  /** Whether what is sent waits for the link. */
  get isBlocked(): boolean {
    return this.#writer.isBlocked;
  }

  /** Opens a stream and gives its id. `fin` = nothing will be sent on it. */
  open(headers: Readonly<Record<string, string>>, fin: boolean, receiver: StreamReceiver): number {
    const streamId = this.#nextStreamId;
    this.#nextStreamId += 2;
    this.#streams.set(streamId, { receiver, sent: 0, allowed: 0, consumed: 0, localFin: fin, remoteFin: false });
    this.#writer.control(synStreamFrame(streamId, this.#headers.write(headers), fin));
    return streamId;
  }

  /** Sends bytes; the next write of the stream comes after `done`. A stream that is gone takes nothing, silently. */
  write(streamId: number, bytes: Buffer, done: () => void): void {
    if (this.#streams.has(streamId)) this.#writer.data(streamId, bytes, false, done);
  }

  /** Sends what can be sent now of bytes that change after the call, and says how many these are. */
  takeNow(streamId: number, bytes: Uint8Array): number {
    const stream = this.#streams.get(streamId);
    return stream === undefined || stream.localFin ? 0 : this.#writer.takeNow(streamId, bytes);
  }

  /** As that of the writer. */
  awaitRoom(free: () => void): boolean {
    return this.#writer.awaitRoom(free);
  }

  /** Sends a FIN, once. */
  end(streamId: number): void {
    const stream = this.#streams.get(streamId);
    if (stream === undefined || stream.localFin) return;
    stream.localFin = true;
    this.#writer.data(streamId, Buffer.alloc(0), true, () => this.#forgetEnded(streamId));
  }

  /** Gives a stream up. Idempotent; its receiver is told nothing any more. */
  reset(streamId: number): void {
    if (!this.#streams.delete(streamId)) return;
    this.#writer.drop(streamId);
    this.#writer.control(rstStreamFrame(streamId, RST_STATUS.cancel));
  }

  /** Tells that the user of a stream took so many bytes. */
  consumed(streamId: number, bytes: number): void {
    const stream = this.#streams.get(streamId);
    if (stream === undefined || stream.remoteFin) return;
    stream.consumed += bytes;
    if (stream.consumed < RECEIVE_WINDOW / 2) return;
    this.#writer.control(windowUpdateFrame(streamId, stream.consumed));
    stream.consumed = 0;
  }

  ping(): void {
    this.#writer.control(pingFrame(this.#nextPingId));
    this.#nextPingId = ((this.#nextPingId + 2) & MAX_STREAM_ID) | 1;
  }

  /** Takes what the link received. Throws on what is no SPDY/3.1. */
  push(bytes: Buffer): void {
    this.#decoder.push(bytes);
  }

  /** The link is gone: every stream is told. Idempotent. */
  close(error: Error): void {
    this.#isGoingAway = true;
    this.#writer.close();
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    for (const { receiver } of streams) receiver.reset(error);
  }

  data(streamId: number, bytes: Buffer): void {
    const stream = this.#streams.get(streamId);
    if (stream !== undefined && !stream.remoteFin) stream.receiver.received(bytes);
  }

  fin(streamId: number): void {
    const stream = this.#streams.get(streamId);
    if (stream === undefined || stream.remoteFin) return;
    stream.remoteFin = true;
    this.#forgetEnded(streamId);
    stream.receiver.ended();
  }

  /** A client of port-forward is never asked to take a stream. */
  synStream(streamId: number): void {
    this.#writer.control(rstStreamFrame(streamId, RST_STATUS.refusedStream));
  }

  synReply(streamId: number): void {
    this.#streams.get(streamId)?.receiver.accepted();
  }

  rstStream(streamId: number): void {
    const stream = this.#streams.get(streamId);
    if (stream === undefined) return;
    this.#streams.delete(streamId);
    this.#writer.drop(streamId);
    stream.receiver.reset(undefined);
  }

  initialWindow(bytes: number): void {
    this.#hasWindows = true;
    this.#initialWindow = bytes;
    for (const streamId of this.#streams.keys()) this.#writer.unpark(streamId);
  }

  windowUpdate(streamId: number, bytes: number): void {
    this.#hasWindows = true;
    const stream = this.#streams.get(streamId);
    if (stream === undefined) return;
    stream.allowed += bytes;
    this.#writer.unpark(streamId);
  }

  /** Odd ids are answers to ours, even ones are questions. */
  pingReceived(id: number): void {
    if (id % 2 === 1) this.#owner.pong();
    else this.#writer.control(pingFrame(id));
  }

  goAway(): void {
    this.#isGoingAway = true;
    this.#owner.goneAway();
  }

  allowance(streamId: number): number {
    const stream = this.#streams.get(streamId);
    if (!this.#hasWindows || stream === undefined) return Number.POSITIVE_INFINITY;
    return this.#initialWindow + stream.allowed - stream.sent;
  }

  taken(streamId: number, bytes: number): void {
    const stream = this.#streams.get(streamId);
    if (stream !== undefined) stream.sent += bytes;
  }

  #forgetEnded(streamId: number): void {
    const stream = this.#streams.get(streamId);
    if (stream?.localFin && stream.remoteFin) this.#streams.delete(streamId);
  }
}
