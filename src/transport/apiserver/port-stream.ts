/**
 * Port stream: one connection to a port of a pod, as a Duplex, whatever protocol carries it.
 *
 * The FIN of our side is held. Container runtimes pass no FIN on to the pod: a second after it they cut the connection,
 * and what the pod would have answered is lost. So it is sent when it can do no harm: when the pod has ended, or has
 * been silent for a while: briefly, where the last thing that happened was an answer; long, where one is owed.
 *
 * A pod that ended reads no more either. Bytes written after that are an error (EPIPE), once the answer was read.
 */

import { Duplex } from 'node:stream';
import type { Clock, Timer } from '../../lib/clock.ts';
import type { TakingStream } from '../../model/transport.ts';

/** What carries a port stream. After `abort` nothing is called any more. */
export interface Carrier {
  /** `done` is called when more can be taken, unless the stream is aborted first. */
  write(bytes: Buffer, done: () => void): void;
  /** Takes what it can at once, and says how much; what it takes may change after the call. */
  takeNow(bytes: Uint8Array): number;
  /** Whether it had better be given nothing for a while; then `free` is called once, unless the stream is aborted first. */
  awaitRoom(free: () => void): boolean;
  /** Our FIN. */
  end(): void;
  /** The user took so many bytes. */
  consumed(bytes: number): void;
  /** So many bytes are held for a user who does not take them; 0 = they were taken. */
  holds(bytes: number): void;
  /** Called once, at the very end. `isBroken` = not by the FINs of both sides: both are ended at once. */
  release(isBroken: boolean): void;
}

/** Silence, in ms, after which a FIN that is held is sent. */
export interface FinTimings {
  readonly answeredMs: number;
  readonly owedMs: number;
}

export const FIN_TIMINGS: FinTimings = { answeredMs: 1000, owedMs: 30_000 };

const HIGH_WATER_MARK = 65_536;
/** So much that the user did not take counts as held. */
const HELD_BYTES = 262_144;

/** One connection. Paused until it is read. */
export class PortStream extends Duplex implements TakingStream {
  readonly #carrier: Carrier;
  readonly #clock: Clock;
  readonly #timings: FinTimings;
  #unconsumed = 0;
  #isHolding = false;
  #lastIsAnswer = false;
  #lastMs = 0;
  #hasEnded = false;
  #pendingWrite: ((error?: Error) => void) | undefined;
  #finTimer: Timer | undefined;
  #finish: (() => void) | undefined;
  #sentFin = false;
  #isReleased = false;
  #failure: Error | undefined;

  constructor(carrier: Carrier, clock: Clock, timings: FinTimings) {
    super({ allowHalfOpen: true, readableHighWaterMark: HIGH_WATER_MARK, writableHighWaterMark: HIGH_WATER_MARK });
    this.#carrier = carrier;
    this.#clock = clock;
    this.#timings = timings;
  }

  /** The pod sent bytes. */
  received(bytes: Buffer): void {
    if (this.#isReleased || this.#hasEnded) return;
    this.#lastIsAnswer = true;
    this.#lastMs = this.#clock.monotonic();
    this.#unconsumed += bytes.length;
    const wantsMore = this.push(bytes);
    if (wantsMore) this.#consume();
    else if (this.readableLength > HELD_BYTES) this.#hold(this.readableLength);
  }

  /** The pod sends nothing more. */
  ended(): void {
    if (this.#isReleased || this.#hasEnded) return;
    this.#hasEnded = true;
    this.push(null);
    this.#passFin();
  }

  /** The connection broke: the user gets what came before, then the error. */
  failed(error: Error): void {
    if (this.destroyed || this.#failure !== undefined) return;
    if (this.readableLength === 0) {
      this.destroy(error);
    } else {
      this.#failure = error;
      this.#release(true);
    }
  }

  /** Called before what is read leaves the buffer, and not again before the next bytes come: hence the wait. */
  override _read(): void {
    if (this.#unconsumed > 0) process.nextTick(() => this.#taken());
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    if (this.#hasEnded) {
      this.#refuseWrite(done);
      return;
    }
    this.#lastIsAnswer = false;
    this.#lastMs = this.#clock.monotonic();
    this.#pendingWrite = done;
    this.#carrier.write(chunk, () => {
      this.#pendingWrite = undefined;
      done();
    });
  }

  takeNow(bytes: Uint8Array): number {
    const isFree = this.writable && this.writableLength === 0 && !this.#hasEnded && !this.#isReleased;
    const taken = isFree ? this.#carrier.takeNow(bytes) : 0;
    if (taken > 0) {
      this.#lastIsAnswer = false;
      this.#lastMs = this.#clock.monotonic();
    }
    return taken;
  }

  awaitRoom(free: () => void): boolean {
    return !this.#isReleased && this.#carrier.awaitRoom(free);
  }

  override _final(done: () => void): void {
    this.#finish = done;
    if (this.#hasEnded) this.#passFin();
    else this.#awaitSilence(this.#lastIsAnswer ? this.#timings.answeredMs : this.#timings.owedMs);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#release(!this.#hasEnded || !this.#sentFin);
    this.#pendingWrite?.(error ?? brokenPipe());
    this.#pendingWrite = undefined;
    done(error);
  }

  /** The carrier is needed no more. */
  #release(isBroken: boolean): void {
    this.#finTimer?.cancel();
    if (this.#isReleased) return;
    this.#isReleased = true;
    if (this.#isHolding) this.#hold(0);
    this.#carrier.release(isBroken);
  }

  #taken(): void {
    if (this.destroyed) return;
    this.#consume();
    if (this.#isHolding && this.readableLength <= HELD_BYTES / 2) this.#hold(0);
    if (this.#failure !== undefined && this.readableLength === 0) this.destroy(this.#failure);
  }

  #consume(): void {
    const bytes = this.#unconsumed - this.readableLength;
    if (bytes <= 0) return;
    this.#unconsumed -= bytes;
    this.#carrier.consumed(bytes);
  }

  #hold(bytes: number): void {
    this.#isHolding = bytes > 0;
    this.#carrier.holds(bytes);
  }

  #refuseWrite(done: (error: Error) => void): void {
    if (this.readableEnded) done(brokenPipe());
    else this.once('end', () => done(brokenPipe()));
  }

  /** Bytes that the user has not taken yet count as an answer that is on its way. */
  #awaitSilence(quietMs: number): void {
    this.#lastMs = this.#clock.monotonic();
    const wait = (ms: number): void => {
      this.#finTimer = this.#clock.setTimer(() => {
        if (this.readableLength > 0) this.#lastMs = this.#clock.monotonic();
        const leftMs = this.#lastMs + quietMs - this.#clock.monotonic();
        if (leftMs > 0) wait(leftMs);
        else this.#passFin();
      }, ms);
    };
    wait(quietMs);
  }

  #passFin(): void {
    this.#finTimer?.cancel();
    const finish = this.#finish;
    if (finish === undefined) return;
    this.#finish = undefined;
    this.#sentFin = true;
    this.#carrier.end();
    finish();
  }
}

function brokenPipe(): Error {
  return Object.assign(new Error('the pod has closed the connection'), { code: 'EPIPE' });
}
