/**
 * The generator, somewhere on the stage.
 */

import { once } from 'node:events';
import { type ReadyOptions, run, startReady } from '../load/processes.ts';
import type { Stage } from './stage.ts';

/** What the generator says at its end. */
export type Report = Readonly<Record<string, number>>;

/** A generator that works until it is told to finish. */
export interface Held {
  /** Tells it; resolves with its report, empty where it has none. */
  finish(): Promise<Report>;
  stop(): Promise<void>;
}

export class Gen {
  readonly #path: string;
  readonly #stage: Stage;

  constructor(path: string, stage: Stage) {
    this.#path = path;
    this.#stage = stage;
  }

  /** Runs it to its end. Rejects when it fails. */
  async run(place: 'laptop' | 'node', ...args: readonly string[]): Promise<Report> {
    return report(await run(this.#stage.on(place, [this.#path, ...args])));
  }

  /** Starts one on the laptop that says `ready` when it works. */
  async hold(...args: readonly string[]): Promise<Held> {
    const options: ReadyOptions = { said: /ready/ };
    const running = await startReady(this.#stage.on('laptop', [this.#path, ...args]), options);
    const { child } = running;
    let text = '';
    child.stdout?.on('data', (chunk: string) => {
      text += chunk;
    });
    const ended = child.stdout ? once(child.stdout, 'end') : Promise.resolve();
    return {
      async finish() {
        child.stdin?.end();
        await ended;
        return report(text);
      },
      stop: () => running.stop(),
    };
  }
}

function report(text: string): Report {
  const line = text.trim().split('\n').at(-1) ?? '';
  return line.startsWith('{') ? JSON.parse(line) : {};
}
