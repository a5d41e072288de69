/**
 * Fault line: bytes on their way, delayed and rationed, in the order in which they came.
 *
 *   push ──▶ [ due after the delay ] ──▶ [ token bucket ] ──▶ deliver
 *              └── nothing overtakes: what is due waits for what came before it
 *
 * `open` ends all that: what is held goes out at once, and what comes later does not stop. It may be a stream, cut wherever
 * the rate wants it, or datagrams, which go whole.
 */

import type { Clock, Timer } from '../lib/clock.ts';
import type { FaultBucket } from './fault-bucket.ts';

/** What a line is made of. */
export interface FaultLineOptions {
  readonly clock: Clock;
  /** The delay of the next chunk in ms; asked for each. */
  readonly delayMs: () => number;
  /** `undefined` = any rate. */
  readonly bucket: FaultBucket | undefined;
  /** The rate may cut a chunk in two. */
  readonly isStream: boolean;
  /** Takes what has arrived; `false` = no more until `go`. */
  readonly deliver: (bytes: Buffer) => boolean;
}

interface Held {
  bytes: Buffer;
  readonly dueMs: number;
}

/** One direction of a flow. `close` drops what is held. */
export class FaultLine {
  readonly #options: FaultLineOptions;
  #held: Held[] = [];
  #heldBytes = 0;
  #isOpen = false;
  #isStopped = false;
  #isClosed = false;
  #timer: Timer | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(options: FaultLineOptions) {
    this.#options = options;
  }

  /** Bytes that were pushed and not delivered. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  push(bytes: Buffer): void {
    if (this.#isClosed) return;
    this.#held.push({ bytes, dueMs: this.#due() });
    this.#heldBytes += bytes.length;
    this.#run();
  }

  /** Calls back when the last byte has been delivered, and the time of a further one were over. */
  end(callback: () => void): void {
    this.#onEmpty = callback;
    this.push(Buffer.alloc(0));
  }

  /** Delivers nothing more until `go`. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  go(): void {
    this.#isStopped = false;
    this.#run();
  }

  /** From here on nothing is delayed. */
  open(): void {
    this.#isOpen = true;
    this.#run();
  }

  close(): void {
    this.#isClosed = true;
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#held = [];
    this.#heldBytes = 0;
    this.#onEmpty = undefined;
  }

  #due(): number {
    const { clock, delayMs } = this.#options;
    return clock.monotonic() + (this.#isOpen ? 0 : delayMs());
  }

  /** Delivers what may go, then waits for the next. */
  #run(): void {
    this.#timer?.cancel();
    let sent = 0;
    for (const head of this.#held) {
      if (this.#isStopped || this.#waitMs(head) > 0) break;
      if (!this.#send(head)) break;
      sent += 1;
    }
    // What was closed meanwhile holds nothing any more.
    if (sent > 0) this.#held = this.#held.slice(sent);
    const [first] = this.#held;
    if (first === undefined) this.#emptied();
    else if (!this.#isStopped) this.#runIn(this.#waitMs(first));
  }

  /** In whole ms, as timers have them. */
  #runIn(ms: number): void {
    this.#timer = this.#options.clock.setTimer(() => this.#run(), Math.max(1, Math.ceil(ms)));
  }

  #emptied(): void {
    const callback = this.#onEmpty;
    this.#onEmpty = undefined;
    callback?.();
  }

  /** Whether the whole of it went. */
  #send(head: Held): boolean {
    const { bucket, isStream, deliver, clock } = this.#options;
    const limited = bucket !== undefined && !this.#isOpen;
    const allowed = limited ? bucket.take(head.bytes.length, clock.monotonic()) : head.bytes.length;
    if (allowed === 0 && head.bytes.length > 0) return false;
    const part = isStream ? head.bytes.subarray(0, allowed) : head.bytes;
    head.bytes = head.bytes.subarray(part.length);
    this.#heldBytes -= part.length;
    if (part.length > 0 && !deliver(part)) this.#isStopped = true;
    return head.bytes.length === 0;
  }

  /** Until the head may go, whole or (of a stream) as much as the rate gives at once. */
  #waitMs({ bytes, dueMs }: Held): number {
    if (this.#isOpen) return 0;
    const { clock, bucket } = this.#options;
    const nowMs = clock.monotonic();
    if (dueMs > nowMs) return dueMs - nowMs;
    return bucket === undefined || bytes.length === 0 ? 0 : bucket.waitMs(bytes.length, nowMs);
  }
}
