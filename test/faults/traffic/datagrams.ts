/**
 * Datagram clients: each sends a datagram, waits for the echo, compares it, and sends the next.
 */

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { seededBytes } from '../../fixtures/seeded-bytes.ts';
import { isPattern, patternBytes } from './pattern.ts';

export interface DatagramOptions {
  readonly hosts: readonly string[];
  readonly port: number;
  /** Clients at a time. */
  readonly clients: number;
  /** Of all clients together; absent = until it is stopped. */
  readonly count?: number;
  /** A client takes a new socket, and so a new flow, after so many. */
  readonly perFlow: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  /** Between an echo and the next datagram. */
  readonly pauseMs: number;
}

export interface DatagramReport {
  readonly flows: number;
  readonly sent: number;
  readonly answered: number;
  /** Not answered within `ANSWER_WITHIN_MS`. */
  readonly lost: number;
  readonly wrong: number;
  /** Of the datagrams that were answered. */
  readonly bytes: number;
  readonly slowestMs: number;
}

const ANSWER_WITHIN_MS = 5_000;

/** One load of datagrams. It begins at once. */
export class DatagramLoad {
  readonly #options: DatagramOptions;
  readonly #random: (below: number) => number;
  readonly #all: Promise<unknown>;
  #stopped = false;
  #report = { flows: 0, sent: 0, answered: 0, lost: 0, wrong: 0, bytes: 0, slowestMs: 0 };

  constructor(options: DatagramOptions, seed: number) {
    this.#options = options;
    this.#random = seededBytes(seed);
    this.#all = Promise.all(Array.from({ length: options.clients }, (_, client) => this.#client(client)));
  }

  get done(): Promise<unknown> {
    return this.#all;
  }

  report(): DatagramReport {
    return { ...this.#report, slowestMs: Math.round(this.#report.slowestMs) };
  }

  async stop(): Promise<DatagramReport> {
    this.#stopped = true;
    await this.#all;
    return this.report();
  }

  get #maySend(): boolean {
    return !this.#stopped && this.#report.sent < (this.#options.count ?? Number.POSITIVE_INFINITY);
  }

  async #client(client: number): Promise<void> {
    const { hosts, port, perFlow, pauseMs } = this.#options;
    while (this.#maySend) {
      const socket = createSocket('udp4');
      socket.on('error', () => undefined);
      socket.connect(port, hosts[client % hosts.length] ?? '');
      await once(socket, 'connect');
      this.#report.flows += 1;
      for (let i = 0; i < perFlow && this.#maySend; i++) {
        await this.#ask(socket);
        if (pauseMs > 0 && !this.#stopped) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
      socket.close();
    }
  }

  async #ask(socket: Socket): Promise<void> {
    const { minBytes, maxBytes } = this.#options;
    const [seed, length] = [this.#report.sent, minBytes + this.#random(maxBytes - minBytes + 1)];
    const begun = performance.now();
    this.#report.sent += 1;
    const echo = await askOnce(socket, patternBytes(seed, 0, length));
    this.#report.slowestMs = Math.max(this.#report.slowestMs, performance.now() - begun);
    if (echo === undefined) this.#report.lost += 1;
    else if (echo.length !== length || !isPattern(echo, seed, 0)) this.#report.wrong += 1;
    else {
      this.#report.answered += 1;
      this.#report.bytes += length;
    }
  }
}

function askOnce(socket: Socket, datagram: Buffer): Promise<Buffer | undefined> {
  return new Promise((done) => {
    const answered = (echo: Buffer): void => {
      clearTimeout(late);
      done(echo);
    };
    const late = setTimeout(() => {
      socket.off('message', answered);
      done(undefined);
    }, ANSWER_WITHIN_MS);
    socket.once('message', answered);
    socket.send(datagram);
  });
}
