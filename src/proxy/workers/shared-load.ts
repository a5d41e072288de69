/**
 * Shared load: what each worker has open, in memory that all of them see.
 *
 *   worker 0 | tcp | udp | sockets |   worker 1 | tcp | udp | sockets |   …
 *
 * Each worker writes its own three numbers, and reads those of the others. One that died is cleared by main.
 */

const FIELDS = 3;
const TCP = 0;
const UDP = 1;
const SOCKETS = 2;

/** What a thread has open for itself: its event loop's. */
const THREAD_DESCRIPTORS = 4;

/** The memory for so many workers. */
export function createLoadMemory(workers: number): SharedArrayBuffer {
  return new SharedArrayBuffer(workers * FIELDS * Int32Array.BYTES_PER_ELEMENT);
}

/** The load as one worker sees it. */
export class SharedLoad {
  readonly #numbers: Int32Array;
  readonly #own: number;

  constructor(memory: SharedArrayBuffer, worker: number) {
    this.#numbers = new Int32Array(memory);
    this.#own = worker * FIELDS;
  }

  /** Tells how many flows this worker has. */
  publishFlows(tcp: number, udp: number): void {
    Atomics.store(this.#numbers, this.#own + TCP, tcp);
    Atomics.store(this.#numbers, this.#own + UDP, udp);
  }

  /** Tells how many listening sockets this worker has. */
  publishSockets(sockets: number): void {
    Atomics.store(this.#numbers, this.#own + SOCKETS, sockets);
  }

  /**
   * Announces that this worker is about to have so many TCP flows, then tells how many the others have. Two that ask at once
   * see one another, so that both may find the limit reached; never is it exceeded.
   */
  tcpBeside(soon: number): number {
    Atomics.store(this.#numbers, this.#own + TCP, soon);
    return this.#others(TCP);
  }

  get udpOfOthers(): number {
    return this.#others(UDP);
  }

  get tcpOfOthers(): number {
    return this.#others(TCP);
  }

  /** File descriptors that the others use. */
  get descriptorsOfOthers(): number {
    const threads = this.#numbers.length / FIELDS - 1;
    return threads * THREAD_DESCRIPTORS + 2 * this.#others(TCP) + this.#others(UDP) + this.#others(SOCKETS);
  }

  /** The worker is gone, and what it had with it. */
  clear(worker: number): void {
    for (let field = 0; field < FIELDS; field++) Atomics.store(this.#numbers, worker * FIELDS + field, 0);
  }

  #others(field: number): number {
    let sum = 0;
    for (let at = 0; at < this.#numbers.length; at += FIELDS) {
      if (at !== this.#own) sum += Atomics.load(this.#numbers, at + field);
    }
    return sum;
  }
}
