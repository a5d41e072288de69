/**
 * Pump: one direction of a TCP flow, from the socket that sends to the socket that receives.
 *
 *   source ──read──▶ [ window ] ──write at once──▶ sink
 *                        └─ what the sink did not take: copied, queued at the sink, source stopped until it is out
 *
 * Two ways of reading. Fast: into the shared read buffers, and written to the sink's descriptor while its queue is
 * empty. Plain: `data` events and `write`, where the source or the sink is no TCP socket, or Node lacks the means.
 * Either way at most one window is held, and the FIN of the source becomes a FIN to the sink after the last byte.
 *
 * A pump may be started before it has a sink: it then holds the first window, and reads no more until `attach`.
 */

import type { Duplex } from 'node:stream';
import { takesNow } from '../model/transport.ts';
import type { Pump } from './fault-pump.ts';
import { FIRST_LEVEL, LAST_LEVEL, type ReadBuffers } from './read-buffers.ts';
import { descriptorOf, readShared, type SharedReader, type SharedReads, writeNow } from './tcp-fast-socket.ts';
import { whenEnded } from './when-ended.ts';

/** So many full reads in a row, written at once, take a flow one level up. */
const FULL_READS_TO_GROW = 2;

const NOTHING = Buffer.alloc(0);

/** One direction. The pump ends neither stream but by the FIN; errors are for the owner of the streams. */
export class TcpPump implements Pump, SharedReader {
  bytes = 0;
  readonly #source: Duplex;
  readonly #buffers: ReadBuffers | undefined;
  #reads: SharedReads | undefined;
  #sink: Duplex | undefined;
  /** -1 = what is read goes through the sink's own queue, or there is no sink. */
  #sinkFd = -1;
  #early: Buffer | undefined;
  #started = false;
  #ended = false;
  #level = FIRST_LEVEL;
  #fullReads = 0;

  /** `buffers` `undefined` = plain. */
  constructor(source: Duplex, buffers: ReadBuffers | undefined) {
    this.#source = source;
    this.#buffers = buffers;
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    whenEnded(this.#source, () => this.#finish());
    if (this.#buffers !== undefined) this.#reads = readShared(this.#source, this);
    if (this.#reads === undefined) this.#source.on('data', (chunk: Buffer) => this.#readPlain(chunk));
    this.#resume();
  }

  attach(sink: Duplex): void {
    const early = this.#early;
    this.#early = undefined;
    if (this.#ended) {
      sink.end(early);
      return;
    }
    this.#sink = sink;
    if (this.#buffers !== undefined) this.#sinkFd = descriptorOf(sink);
    const hasQueue = this.#sinkFd >= 0 && sink.writableLength > 0;
    if (early === undefined && !hasQueue) {
      this.start();
    } else {
      this.#pause();
      this.#queue(sink, early ?? NOTHING);
    }
  }

  /** A destroyed sink's descriptor may be somebody else's a moment later. */
  close(): void {
    this.#sinkFd = -1;
    this.#sink = undefined;
  }

  window(): Uint8Array {
    return this.#buffers?.window(this.#level) ?? NOTHING;
  }

  /** The sink's queue is empty: else the source would be stopped. */
  read(window: Uint8Array, length: number): boolean {
    if (this.#sinkFd < 0) return this.#forwardShared(window, length);
    this.bytes += length;
    const taken = writeNow(this.#sinkFd, window, length);
    if (taken === length) {
      if (length < window.length) this.#fullReads = 0;
      else this.#grow();
      return true;
    }
    this.#shrink();
    if (this.#sink !== undefined) this.#queue(this.#sink, Buffer.from(window.subarray(taken, length)));
    return false;
  }

  /** To a sink that has no descriptor, or to none. What it does not take at once is copied. */
  #forwardShared(window: Uint8Array, length: number): boolean {
    const sink = this.#sink !== undefined && takesNow(this.#sink) ? this.#sink : undefined;
    const taken = sink?.takeNow(window.subarray(0, length)) ?? 0;
    this.bytes += taken;
    if (sink === undefined || taken < length) return this.#forwardOwned(Buffer.from(window.subarray(taken, length)));
    return !sink.awaitRoom(() => {
      if (this.#sink !== undefined) this.#resume();
    });
  }

  #readPlain(chunk: Buffer): void {
    if (!this.#forwardOwned(chunk)) this.#source.pause();
  }

  /** Forwards a chunk that nobody else will write into; whether reading may go on. */
  #forwardOwned(chunk: Buffer): boolean {
    this.bytes += chunk.length;
    const sink = this.#sink;
    if (sink === undefined) {
      this.#early = chunk;
      return false;
    }
    if (sink.write(chunk)) return true;
    sink.once('drain', () => this.#resume());
    return false;
  }

  /** Hands bytes to the sink's own queue; reading goes on when they are out. */
  #queue(sink: Duplex, bytes: Buffer): void {
    this.#buffers?.hold(bytes.length);
    sink.write(bytes, () => {
      this.#buffers?.release(bytes.length);
      this.#resume();
    });
  }

  /** Starts where that has not been done. */
  #resume(): void {
    if (this.#reads !== undefined) this.#reads.resume();
    else if (this.#started) this.#source.resume();
    else this.start();
  }

  #pause(): void {
    if (this.#reads !== undefined) this.#reads.pause();
    else if (this.#started) this.#source.pause();
  }

  #finish(): void {
    this.#ended = true;
    const sink = this.#sink;
    this.close();
    sink?.end();
  }

  #grow(): void {
    this.#fullReads += 1;
    if (this.#fullReads < FULL_READS_TO_GROW || this.#level === LAST_LEVEL) return;
    this.#fullReads = 0;
    this.#level += 1;
  }

  #shrink(): void {
    this.#fullReads = 0;
    if (this.#level > 0) this.#level -= 1;
  }
}
