/**
 * `top` on a terminal: a screen that follows the daemon, and keys that order it.
 */

import { formatBytes } from '../flow-text.ts';
import { pause } from '../output-pipe.ts';
import { type Paint, painted } from '../paint.ts';
import type { TopCollector } from './collector.ts';
import { rowsBetween, type Sample, type TopRow } from './sample.ts';
import { type Display, type Keyboard, Screen } from './screen.ts';
import { formatTop, sortTop, TOP_ORDERS, type TopOrder } from './top-text.ts';

export interface LiveTopOptions {
  readonly collector: Pick<TopCollector, 'sample'>;
  readonly intervalMs: number;
  readonly order: TopOrder;
  readonly headers: boolean;
  readonly paint: Paint;
  readonly stdin?: Keyboard;
  readonly stdout?: Display;
}

/** One run on a terminal. */
export class LiveTop {
  readonly #options: LiveTopOptions;
  readonly #screen: Screen;
  readonly #end = Promise.withResolvers<number>();
  #order: TopOrder;
  #reversed = false;
  #rows: readonly TopRow[] = [];

  constructor(options: LiveTopOptions) {
    const { stdin = process.stdin, stdout = process.stdout } = options;
    this.#options = options;
    this.#order = options.order;
    this.#screen = new Screen({
      stdin,
      stdout,
      onKey: (key) => this.#press(key),
      onRedraw: () => this.#draw(),
      onEnd: (code) => this.#end.resolve(code),
    });
  }

  /** Shows it until `q` or a signal; resolves with the exit code. Rejects as `sample`, with the terminal given back. */
  async run(first: Sample): Promise<number> {
    this.#screen.open();
    const stop = new AbortController();
    try {
      this.#rows = rowsBetween(first, first);
      this.#draw();
      const followed = this.#follow(first, stop.signal).then(() => this.#end.promise);
      return await Promise.race([this.#end.promise, followed]);
    } finally {
      stop.abort();
      this.#screen.close();
    }
  }

  async #follow(first: Sample, signal: AbortSignal): Promise<void> {
    const { collector, intervalMs } = this.#options;
    let before = first;
    while (await pause(intervalMs, signal)) {
      const after = await collector.sample();
      this.#rows = rowsBetween(before, after);
      before = after;
      this.#draw();
    }
  }

  #press(key: string): void {
    if (key === 'q') this.#end.resolve(0);
    const order = TOP_ORDERS.find((one) => one.key === key);
    if (!order) return;
    this.#reversed = order === this.#order && !this.#reversed;
    this.#order = order;
    this.#draw();
  }

  #draw(): void {
    const { headers, paint } = this.#options;
    const sorted = sortTop(this.#rows, this.#order, this.#reversed);
    // What does not fit need not be laid out.
    const shown = sorted.slice(0, this.#screen.rows);
    const table = formatTop(shown, { order: this.#order, headers, paint });
    const summary = painted(summaryOf(this.#rows), [[/^svclane top/, 'bold']], paint);
    this.#screen.draw([summary, keysOf(), '', ...table.trimEnd().split('\n')]);
  }
}

function summaryOf(rows: readonly TopRow[]): string {
  const sum = (of: (row: TopRow) => number): number => rows.reduce((all, row) => all + of(row), 0);
  const bytesIn = formatBytes(sum(({ bytesInPerSecond }) => bytesInPerSecond));
  const bytesOut = formatBytes(sum(({ bytesOutPerSecond }) => bytesOutPerSecond));
  const flows = sum((row) => row.flows);
  return `svclane top   ${rows.length} Services, ${flows} flows, in ${bytesIn}/s, out ${bytesOut}/s`;
}

function keysOf(): string {
  return `q quit   sort: ${TOP_ORDERS.map(({ key, name }) => `${key} ${name}`).join('  ')}`;
}
