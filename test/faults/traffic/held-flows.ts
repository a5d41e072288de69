/**
 * Held flows: connections to echoes that stay open, and ask and are answered in turn, byte for byte.
 */

import { connect, type Socket } from 'node:net';
import { errnoOf } from '../../../src/errors.ts';
import { resetStream } from '../../../src/proxy/reset-stream.ts';
import { isPattern, patternBytes } from './pattern.ts';

export interface HeldOptions {
  readonly hosts: readonly string[];
  readonly port: number;
  readonly count: number;
  /** A question after each such pause; 0 = one at the beginning only. */
  readonly everyMs: number;
  readonly bytes: number;
}

export interface HeldReport {
  readonly open: number;
  /** Answered at least once. */
  readonly served: number;
  /** By how they ended: `finished` = as they were asked to, else an errno, `cut` or `wrong`. */
  readonly ended: Readonly<Record<string, number>>;
  readonly answers: number;
  readonly sent: number;
  readonly received: number;
  /** The longest that an answer took; ms. */
  readonly slowestMs: number;
}

/** A set of such flows. They are opened at once. */
export class HeldFlows {
  readonly #options: HeldOptions;
  readonly #flows: HeldFlow[] = [];

  constructor(options: HeldOptions) {
    this.#options = options;
    for (let seed = 0; seed < options.count; seed++) this.#flows.push(new HeldFlow(options, seed));
  }

  /** Resolves when each one was answered, or has ended. */
  async settled(): Promise<HeldReport> {
    await Promise.all(this.#flows.map(({ settled }) => settled.promise));
    return this.report();
  }

  /** Resolves when all have ended: by a FIN, or as they did before. */
  async release(): Promise<HeldReport> {
    for (const flow of this.#flows) flow.release();
    await Promise.all(this.#flows.map(({ closed }) => closed.promise));
    return this.report();
  }

  report(): HeldReport {
    const ended: Record<string, number> = {};
    for (const { outcome } of this.#flows) if (outcome !== '') ended[outcome] = (ended[outcome] ?? 0) + 1;
    const sum = (of: (flow: HeldFlow) => number): number => this.#flows.reduce((all, flow) => all + of(flow), 0);
    return {
      open: this.#flows.filter(({ outcome }) => outcome === '').length,
      served: this.#flows.filter(({ received }) => received >= this.#options.bytes).length,
      ended,
      answers: sum(({ received }) => Math.floor(received / this.#options.bytes)),
      sent: sum(({ sent }) => sent),
      received: sum(({ received }) => received),
      slowestMs: Math.round(Math.max(0, ...this.#flows.map(({ slowestMs }) => slowestMs))),
    };
  }
}

class HeldFlow {
  readonly settled = Promise.withResolvers<void>();
  readonly closed = Promise.withResolvers<void>();
  outcome = '';
  sent = 0;
  received = 0;
  slowestMs = 0;
  readonly #options: HeldOptions;
  readonly #seed: number;
  readonly #socket: Socket;
  #askedMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #isReleased = false;

  constructor(options: HeldOptions, seed: number) {
    this.#options = options;
    this.#seed = seed;
    const host = options.hosts[seed % options.hosts.length] ?? '';
    this.#socket = connect({ host, port: options.port, allowHalfOpen: true, noDelay: true });
    this.#socket.once('connect', () => this.#ask());
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#socket.once('end', () => this.#end(this.#isReleased && this.received === this.sent ? 'finished' : 'cut'));
    this.#socket.on('error', (error) => this.#end(errnoOf(error) ?? 'error'));
    this.#socket.once('close', () => {
      this.#end('cut');
      this.closed.resolve();
    });
  }

  release(): void {
    this.#isReleased = true;
    clearTimeout(this.#timer);
    if (this.outcome === '') this.#socket.end();
  }

  #ask(): void {
    const { bytes } = this.#options;
    this.#askedMs = performance.now();
    this.#socket.write(patternBytes(this.#seed, this.sent, bytes));
    this.sent += bytes;
  }

  #read(chunk: Buffer): void {
    if (!isPattern(chunk, this.#seed, this.received)) this.#end('wrong');
    this.received += chunk.length;
    if (this.received < this.sent) return;
    this.slowestMs = Math.max(this.slowestMs, performance.now() - this.#askedMs);
    this.settled.resolve();
    const { everyMs } = this.#options;
    if (everyMs > 0 && !this.#isReleased) this.#timer = setTimeout(() => this.#ask(), everyMs);
  }

  #end(outcome: string): void {
    clearTimeout(this.#timer);
    this.settled.resolve();
    if (this.outcome !== '') return;
    this.outcome = outcome;
    if (outcome !== 'finished') resetStream(this.#socket);
  }
}
