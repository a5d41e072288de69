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
import { FIRST_LEVEL, LAST_LEVEL, type ReadBuffers } from './read-buffers.ts';
import { descriptorOf, readShared, type SharedReader, writeNow } from './tcp-fast-socket.ts';
import { whenEnded } from './when-ended.ts';

/** So many full reads in a row, written at once, take a flow one level up. */
const FULL_READS_TO_GROW = 2;

/** One direction. The pump ends neither stream but by the FIN; errors are for the owner of the streams. */
export class TcpPump implements SharedReader {
  readonly #source: Duplex;
  readonly #buffers: ReadBuffers | undefined;
  readonly #count: (bytes: number) => void;
  #sink: Duplex | undefined;
  #sinkFd = -1;
  #early: Buffer | undefined;
  #started = false;
  #ended = false;
  #level = FIRST_LEVEL;
  #fullReads = 0;

  /** `buffers` `undefined` = plain. `count` is called with the length of each read. */
  constructor(source: Duplex, buffers: ReadBuffers | undefined, count: (bytes: number) => void) {
    this.#source = source;
    this.#buffers = buffers;
    this.#count = count;
  }

  /** Starts reading. Idempotent. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    whenEnded(this.#source, () => this.#finish());
    if (this.#buffers === undefined || !readShared(this.#source, this)) {
      this.#source.on('data', (chunk: Buffer) => {
        if (!this.#forwardOwned(chunk)) this.#source.pause();
      });
    }
    this.#source.resume();
  }

  /** Gives the sink: what was held goes there first. Starts reading where that has not been done. */
  attach(sink: Duplex): void {
    this.#sink = sink;
    this.#sinkFd = this.#buffers === undefined ? -1 : descriptorOf(sink);
    const early = this.#early;
    this.#early = undefined;
    if (this.#ended) {
      sink.end(early);
    } else if (early === undefined) {
      this.start();
    } else {
      this.#queue(sink, early);
    }
  }

  nextBuffer(): Uint8Array {
    return this.#buffers?.window(this.#level) ?? new Uint8Array();
  }

  read(buffer: Uint8Array, length: number): boolean {
    const sink = this.#sink;
    if (sink === undefined || this.#sinkFd < 0) return this.#forwardOwned(Buffer.from(buffer.subarray(0, length)));
    this.#count(length);
    // A destroyed sink's descriptor may be somebody else's by now.
    if (sink.destroyed) return false;
    const taken = sink.writableLength === 0 ? writeNow(this.#sinkFd, buffer, length) : 0;
    if (taken === length) {
      if (length < buffer.length) this.#fullReads = 0;
      else this.#grow();
      return true;
    }
    this.#shrink();
    this.#queue(sink, Buffer.from(buffer.subarray(taken, length)));
    return false;
  }

  /** Forwards a chunk that nobody else will write into; whether reading may go on. */
  #forwardOwned(chunk: Buffer): boolean {
    this.#count(chunk.length);
    const sink = this.#sink;
    if (sink === undefined) {
      this.#early = chunk;
      return false;
    }
    if (sink.write(chunk)) return true;
    sink.once('drain', () => this.#source.resume());
    return false;
  }

  /** Hands bytes to the sink's own queue; reading goes on when they are out. */
  #queue(sink: Duplex, bytes: Buffer): void {
    this.#buffers?.hold(bytes.length);
    sink.write(bytes, () => {
      this.#buffers?.release(bytes.length);
      this.#source.resume();
    });
  }

  #finish(): void {
    this.#ended = true;
    this.#sink?.end();
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
