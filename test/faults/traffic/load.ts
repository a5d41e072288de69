/**
 * A load: exchanges with echoes, at a rate or so many at a time, until a count is reached or it is stopped.
 */

import { seededBytes } from '../../fixtures/seeded-bytes.ts';
import { type ExchangeEnd, exchange } from './exchange.ts';

export interface LoadOptions {
  /** Each exchange takes the next one. */
  readonly hosts: readonly string[];
  readonly port: number;
  /** New exchanges a second; 0 = as many as `concurrency` allows. */
  readonly rate: number;
  /** At most so many at a time. */
  readonly concurrency: number;
  /** Absent = until it is stopped. */
  readonly count?: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly pieces: number;
  readonly pauseMs: number;
  /** Of 100 clients so many reset at some moment within 40 ms. */
  readonly resetPercent?: number;
}

/** What became of the exchanges so far. */
export interface LoadReport {
  readonly started: number;
  /** Of those, whose client was connected at some time. */
  readonly connected: number;
  readonly answered: number;
  /** By outcome; all that are over and were not answered. */
  readonly failures: Readonly<Record<string, number>>;
  /** Of `failures`, those that had been connected. */
  readonly failedConnected: number;
  readonly inFlight: number;
  /** Of `inFlight`, those that are connected. */
  readonly inFlightConnected: number;
  /** Of exchanges that were answered; both ways the same. */
  readonly bytes: number;
  /** By clients whose exchange is over, whatever became of it. */
  readonly received: number;
  /** Of what is over; ms. */
  readonly slowestMs: number;
  readonly p99Ms: number;
}

const RESET_WITHIN_MS = 40;
const KEPT_TIMES = 20_000;

/** One load. It begins at once. */
export class Load {
  readonly #options: LoadOptions;
  readonly #random: (below: number) => number;
  readonly #done = Promise.withResolvers<void>();
  readonly #failures: Record<string, number> = {};
  readonly #times: number[] = [];
  #stopped = false;
  #started = 0;
  #connected = 0;
  #over = 0;
  #overConnected = 0;
  #failedConnected = 0;
  #answered = 0;
  #bytes = 0;
  #received = 0;
  #slowestMs = 0;
  #ticker: NodeJS.Timeout | undefined;

  constructor(options: LoadOptions, seed: number) {
    this.#options = options;
    this.#random = seededBytes(seed);
    if (options.rate > 0) this.#paced();
    else this.#fill();
  }

  /** Resolves when `count` exchanges are over. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  /** Begins no more; resolves when the last one is over. */
  async stop(): Promise<LoadReport> {
    this.#stopped = true;
    clearInterval(this.#ticker);
    this.#settle();
    await this.#done.promise;
    return this.report();
  }

  report(): LoadReport {
    const sorted = this.#times.toSorted((a, b) => a - b);
    return {
      started: this.#started,
      connected: this.#connected,
      answered: this.#answered,
      failures: { ...this.#failures },
      failedConnected: this.#failedConnected,
      inFlight: this.#started - this.#over,
      inFlightConnected: this.#connected - this.#overConnected,
      bytes: this.#bytes,
      received: this.#received,
      slowestMs: Math.round(this.#slowestMs),
      p99Ms: Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? 0),
    };
  }

  get #mayStart(): boolean {
    const { count = Number.POSITIVE_INFINITY, concurrency } = this.#options;
    return !this.#stopped && this.#started < count && this.#started - this.#over < concurrency;
  }

  /** Catches up where a tick came late, so that the rate is held over time. */
  #paced(): void {
    const { rate } = this.#options;
    const begun = performance.now();
    this.#ticker = setInterval(() => {
      const due = ((performance.now() - begun) * rate) / 1000;
      while (this.#started < due && this.#mayStart) void this.#one();
    }, 5);
  }

  #fill(): void {
    while (this.#mayStart) void this.#one();
  }

  async #one(): Promise<void> {
    const { hosts, port, minBytes, maxBytes, pieces, pauseMs, resetPercent = 0 } = this.#options;
    const seed = this.#started++;
    const end = await exchange(
      {
        host: hosts[seed % hosts.length] ?? '',
        port,
        seed,
        bytes: minBytes + this.#random(maxBytes - minBytes + 1),
        pieces,
        pauseMs,
        resetAfterMs: this.#random(100) < resetPercent ? this.#random(RESET_WITHIN_MS) : undefined,
      },
      () => {
        this.#connected += 1;
      },
    );
    this.#note(end);
    if (this.#options.rate === 0) this.#fill();
    this.#settle();
  }

  #note({ outcome, connected, received, elapsedMs }: ExchangeEnd): void {
    this.#over += 1;
    if (connected) this.#overConnected += 1;
    this.#received += received;
    this.#slowestMs = Math.max(this.#slowestMs, elapsedMs);
    if (this.#times.length < KEPT_TIMES) this.#times.push(elapsedMs);
    else this.#times[this.#random(KEPT_TIMES)] = elapsedMs;
    if (outcome === 'answered') {
      this.#answered += 1;
      this.#bytes += received;
    } else {
      this.#failures[outcome] = (this.#failures[outcome] ?? 0) + 1;
      if (connected) this.#failedConnected += 1;
    }
  }

  #settle(): void {
    const { count = Number.POSITIVE_INFINITY } = this.#options;
    if (this.#over === this.#started && (this.#stopped || this.#started >= count)) this.#done.resolve();
  }
}
