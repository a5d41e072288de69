/**
 * A terminal as `top` uses it: the other screen, no cursor, no wrapping, each key at once. However the process ends, short of
 * being killed, the terminal is given back as it was.
 */

const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';
const CTRL_C = '\x03';
const CTRL_Z = '\x1a';

/** What a shell tells for Ctrl-C and for SIGTERM. */
const EXIT_INTERRUPTED = 130;
const EXIT_TERMINATED = 143;

/** Where keys come from; without `isTTY` a line at a time, or none. */
export interface Keyboard {
  readonly isTTY?: boolean;
  setRawMode?(mode: boolean): unknown;
  pause(): unknown;
  on(event: 'data', listener: (chunk: string | Buffer) => void): unknown;
  off(event: 'data', listener: (chunk: string | Buffer) => void): unknown;
}

/** Where it is shown. */
export interface Display {
  readonly rows?: number;
  write(text: string): unknown;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

export interface ScreenOptions {
  readonly stdin: Keyboard;
  readonly stdout: Display;
  /** A key that is none of Ctrl-C and Ctrl-Z. */
  readonly onKey: (key: string) => void;
  /** What is shown has to be drawn anew: the size is another, or the process goes on after Ctrl-Z. */
  readonly onRedraw: () => void;
  /** Ctrl-C, or a signal: what the process is to end with. */
  readonly onEnd: (exitCode: number) => void;
}

/** One terminal between `open` and `close`; both are idempotent. */
export class Screen {
  readonly #options: ScreenOptions;
  #isOpen = false;
  readonly #leave = (): void => this.close();
  readonly #interrupt = (): void => this.#options.onEnd(EXIT_INTERRUPTED);
  readonly #terminate = (): void => this.#options.onEnd(EXIT_TERMINATED);
  readonly #continue = (): void => {
    this.#take();
    this.#options.onRedraw();
  };
  readonly #redraw = (): void => this.#options.onRedraw();
  readonly #read = (chunk: string | Buffer): void => {
    for (const key of String(chunk)) this.#press(key);
  };

  constructor(options: ScreenOptions) {
    this.#options = options;
  }

  /** How many lines fit. */
  get rows(): number {
    return this.#options.stdout.rows || 24;
  }

  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    const { stdin, stdout } = this.#options;
    process.on('exit', this.#leave);
    process.on('SIGINT', this.#interrupt);
    process.on('SIGTERM', this.#terminate);
    process.on('SIGHUP', this.#terminate);
    process.on('SIGCONT', this.#continue);
    stdout.on('resize', this.#redraw);
    stdin.on('data', this.#read);
    this.#take();
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const { stdin, stdout } = this.#options;
    process.off('exit', this.#leave);
    process.off('SIGINT', this.#interrupt);
    process.off('SIGTERM', this.#terminate);
    process.off('SIGHUP', this.#terminate);
    process.off('SIGCONT', this.#continue);
    stdout.off('resize', this.#redraw);
    stdin.off('data', this.#read);
    this.#giveBack();
    stdin.pause();
  }

  /** Shows these lines, as many as fit. */
  draw(lines: readonly string[]): void {
    if (!this.#isOpen) return;
    const shown = lines.slice(0, this.rows).map((line) => `${line}${CLEAR_LINE}`);
    this.#options.stdout.write(`${HOME}${shown.join('\r\n')}${CLEAR_BELOW}`);
  }

  #take(): void {
    const { stdin, stdout } = this.#options;
    stdout.write(ENTER);
    if (stdin.isTTY) stdin.setRawMode?.(true);
  }

  #giveBack(): void {
    const { stdin, stdout } = this.#options;
    stdout.write(LEAVE);
    if (stdin.isTTY) stdin.setRawMode?.(false);
  }

  #press(key: string): void {
    if (key === CTRL_C) this.#interrupt();
    else if (key === CTRL_Z) this.#suspend();
    else this.#options.onKey(key);
  }

  #suspend(): void {
    this.#giveBack();
    process.kill(process.pid, 'SIGTSTP');
  }
}
