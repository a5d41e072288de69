/**
 * Where the lines of a forward go: standard output, or standard error where the former is somebody else's, or a live view.
 */

import { formatMoment } from '../moment.ts';
import { printable } from '../printable.ts';
import type { ForwardRequest } from './forward-options.ts';

/** One forward's lines. */
export class ForwardOutput {
  /** Takes what happens, while there is one. */
  view: { tell(line: string): void } | undefined;
  readonly #stream: NodeJS.WriteStream;

  /** Standard output is the command's, or the variables'. */
  constructor({ command, printsEnv }: Pick<ForwardRequest, 'command' | 'printsEnv'>) {
    this.#stream = command.length > 0 || printsEnv ? process.stderr : process.stdout;
  }

  print(line: string): void {
    this.#stream.write(`${printable(line)}\n`);
  }

  /** Something happened: a line with its time. */
  tell(event: string): void {
    const nowMs = Date.now();
    const line = `${formatMoment(new Date(nowMs).toISOString(), nowMs)} ${printable(event)}`;
    if (this.view) this.view.tell(line);
    else this.print(line);
  }
}
