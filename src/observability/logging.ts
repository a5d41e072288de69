/**
 * The logger: one line per event, in the form that the reader of the stream can use.
 *
 *   json      {"level":"warn","ts":"…","msg":"dial failed","reason":"DialFailed",…}
 *   text      2026-11-22T14:02:07.123Z WARN  dial failed  reason=DialFailed svc=shop/web:http …
 *   journal   <4>dial failed  reason=DialFailed svc=shop/web:http …      journald has its own time and priority
 *   auto      journal where the stream is journald's, text on a terminal, else json
 */

import { fstatSync } from 'node:fs';
import pino, { type Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { formatJournal, formatText } from './log-format.ts';

export type { Logger } from 'pino';

/** Where lines go: process.stdout or process.stderr, or anything that writes. `fd` is for finding journald. */
interface LogStream {
  readonly fd?: number;
  write(line: string): unknown;
}

/** What the choice of the format depends on. The stream is not closed. */
export interface LogTarget {
  readonly stream: LogStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTTY: boolean;
}

/** Creates the logger. Lines are written at once, so that none is lost by a crash. Never log what users send. */
export function createLogger(config: Config['logging'], target: LogTarget): Logger {
  const format = config.format === 'auto' ? detectFormat(target) : config.format;
  const { stream } = target;
  const destination = {
    write(line: string): void {
      stream.write(format === 'json' ? line : format === 'text' ? formatText(line) : formatJournal(line));
    },
  };
  return pino(
    {
      level: config.level,
      base: null,
      timestamp: format === 'journal' ? false : () => `,"ts":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}

/** Source: systemd.exec(5), JOURNAL_STREAM: device and inode of the stream that journald reads. */
function detectFormat({ stream, env, isTTY }: LogTarget): 'json' | 'text' | 'journal' {
  if (env.JOURNAL_STREAM !== undefined && env.JOURNAL_STREAM === identityOf(stream.fd)) return 'journal';
  return isTTY ? 'text' : 'json';
}

function identityOf(fd: number | undefined): string | undefined {
  if (fd === undefined) return undefined;
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
