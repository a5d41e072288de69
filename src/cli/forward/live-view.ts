/**
 * A forward on a terminal: a screen of its lanes and of what happened last.
 */

import { formatBytes } from '../flow-text.ts';
import { pause } from '../output-pipe.ts';
import { type Paint, painted } from '../paint.ts';
import { formatTable } from '../print-table.ts';
import { type Display, type Keyboard, Screen } from '../top/screen.ts';

/** One lane as it is shown. Bytes are those since it began. */
export interface LaneView {
  readonly local: string;
  readonly target: string;
  readonly ready: number;
  readonly total: number;
  readonly connections: number;
  readonly bytes: number;
  /** "" = none. */
  readonly lastError: string;
}

export interface LiveViewOptions {
  readonly head: () => readonly string[];
  readonly lanes: () => readonly LaneView[];
  readonly paint: Paint;
  readonly intervalMs?: number;
  readonly stdin?: Keyboard;
  readonly stdout?: Display;
}

const INTERVAL_MS = 1000;
/** Events that are kept to be shown. */
const MAX_EVENTS = 200;
const HEADERS = ['LOCAL', 'TARGET', 'PODS', 'CONNS', 'BYTES/S', 'LAST ERROR'];

/** One run on a terminal. */
export class LiveView {
  readonly #options: LiveViewOptions;
  readonly #screen: Screen;
  readonly #end = Promise.withResolvers<number>();
  readonly #stop = new AbortController();
  readonly #events: string[] = [];
  #rates = new Map<string, number>();

  constructor(options: LiveViewOptions) {
    const { stdin = process.stdin, stdout = process.stdout } = options;
    this.#options = options;
    this.#screen = new Screen({
      stdin,
      stdout,
      onKey: (key) => void (key === 'q' && this.#end.resolve(0)),
      onRedraw: () => this.#draw(),
      onEnd: (code) => this.#end.resolve(code),
    });
  }

  /** Shows it until `q` or a signal; resolves with the exit code. The terminal is given back by `close`. */
  async run(): Promise<number> {
    this.#screen.open();
    this.#draw();
    const followed = this.#follow().then(() => this.#end.promise);
    return await Promise.race([this.#end.promise, followed]);
  }

  /** Adds a line to what happened. */
  tell(line: string): void {
    this.#events.push(line);
    if (this.#events.length > MAX_EVENTS) this.#events.shift();
    this.#draw();
  }

  close(): void {
    this.#stop.abort();
    this.#screen.close();
  }

  async #follow(): Promise<void> {
    const { intervalMs = INTERVAL_MS, lanes } = this.#options;
    let before = bytesOf(lanes());
    while (await pause(intervalMs, this.#stop.signal)) {
      const now = bytesOf(lanes());
      this.#rates = new Map(
        [...now].map(([key, bytes]) => [key, Math.max(0, bytes - (before.get(key) ?? bytes)) / (intervalMs / 1000)]),
      );
      before = now;
      this.#draw();
    }
  }

  #draw(): void {
    const { head, lanes, paint } = this.#options;
    const rows = lanes().map((lane) => [
      lane.local,
      lane.target,
      `${lane.ready}/${lane.total}`,
      String(lane.connections),
      formatBytes(this.#rates.get(lane.local) ?? 0),
      lane.lastError || '-',
    ]);
    const table = formatTable(HEADERS, rows).trimEnd().split('\n');
    const top = [...head().map((line) => painted(line, [[/^Context/, 'bold']], paint)), 'q quit', '', ...table, ''];
    const room = Math.max(0, this.#screen.rows - top.length);
    this.#screen.draw([...top, ...(room === 0 ? [] : this.#events.slice(-room))]);
  }
}

function bytesOf(lanes: readonly LaneView[]): Map<string, number> {
  return new Map(lanes.map(({ local, bytes }) => [local, bytes]));
}
