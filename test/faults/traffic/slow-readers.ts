/**
 * Slow readers: clients that ask for a long stream and read nothing of it until they are told to; then all of it is
 * compared.
 */

import { connect, type Socket } from 'node:net';
import { isPattern } from './pattern.ts';

export interface SlowOptions {
  readonly hosts: readonly string[];
  readonly port: number;
  readonly count: number;
  /** Of each stream. */
  readonly bytes: number;
}

export interface SlowReport {
  readonly connected: number;
  /** Read to the FIN, and right. */
  readonly whole: number;
  readonly wrong: number;
  readonly received: number;
}

/** Bytes of a request. */
export const REQUEST = 8;

/** They connect, and ask, at once. */
export class SlowReaders {
  readonly #options: SlowOptions;
  readonly #sockets: Socket[] = [];
  #connected = 0;
  #whole = 0;
  #wrong = 0;
  #received = 0;

  constructor(options: SlowOptions) {
    this.#options = options;
  }

  /** Resolves when all are connected and have asked. */
  async ask(): Promise<SlowReport> {
    const { count } = this.#options;
    for (let seed = 0; seed < count; seed += 100) {
      await Promise.all(Array.from({ length: Math.min(100, count - seed) }, (_, i) => this.#open(seed + i)));
    }
    return this.#report();
  }

  /** Resolves when all streams are over. */
  async read(): Promise<SlowReport> {
    const ends = this.#sockets.map((socket, seed) => this.#readOne(socket, seed));
    await Promise.all(ends);
    return this.#report();
  }

  #open(seed: number): Promise<void> {
    const { hosts, port, bytes } = this.#options;
    const request = Buffer.alloc(REQUEST);
    request.writeUInt32LE(seed, 0);
    request.writeUInt32LE(bytes, 4);
    const socket = connect({ host: hosts[seed % hosts.length] ?? '', port, allowHalfOpen: true });
    this.#sockets[seed] = socket.pause();
    return new Promise((done) => {
      socket.on('error', () => done());
      socket.once('connect', () => {
        this.#connected += 1;
        socket.write(request, () => done());
      });
    });
  }

  #readOne(socket: Socket, seed: number): Promise<void> {
    let read = 0;
    let isRight = true;
    return new Promise((done) => {
      socket.on('data', (chunk: Buffer) => {
        isRight &&= isPattern(chunk, seed, read);
        read += chunk.length;
        this.#received += chunk.length;
      });
      socket.once('end', () => {
        if (isRight && read === this.#options.bytes) this.#whole += 1;
        else this.#wrong += 1;
        socket.end();
      });
      socket.once('close', () => done());
      if (socket.destroyed) done();
      socket.resume();
    });
  }

  #report(): SlowReport {
    return { connected: this.#connected, whole: this.#whole, wrong: this.#wrong, received: this.#received };
  }
}
