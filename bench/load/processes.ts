/**
 * Child processes: they end with this one, and say what they cost.
 */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';

/** Ticks of /proc/PID/stat a second: the kernel's USER_HZ, 100 on every Linux of today. */
const TICKS_PER_SECOND = 100;

/** What a process says when it is ready comes early. */
const MAX_HEARD = 65_536;

const alive = new Set<ChildProcess>();

process.once('exit', () => {
  for (const { pid } of alive) killFamily(pid);
});
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => process.exit(code));
}

export interface Running {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Ends it, and resolves when it has ended. Idempotent. */
  stop(): Promise<void>;
}

/** Starts a process whose output goes to a file. Its stdin stays open until `stop`. */
export function start(command: readonly string[], log: string, env: NodeJS.ProcessEnv = {}): Running {
  const [program = '', ...args] = command;
  const output = openSync(log, 'a');
  const child = spawn(program, args, { stdio: ['pipe', output, output], env: { ...process.env, ...env } });
  return track(child, command);
}

/** How it is known that a process is ready, where its errors go (by default to ours), and its environment besides ours. */
export interface ReadyOptions {
  readonly said?: RegExp;
  readonly log?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts a process and resolves when it has written what is awaited: by default anything. */
export async function startReady(
  command: readonly string[],
  { said = /./, log, env }: ReadyOptions = {},
): Promise<Running> {
  const [program = '', ...args] = command;
  const errors = log === undefined ? 'inherit' : openSync(log, 'a');
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', errors], env: { ...process.env, ...env } });
  const running = track(child, command);
  const { stdout } = child;
  if (stdout === null) throw new Error(`${program} has no output to wait for`);
  const ended = once(child, 'exit').then(() =>
    Promise.reject(
      new Error(`${command.join(' ')} ended before it was ready${log === undefined ? '' : `: see ${log}`}`),
    ),
  );
  await Promise.race([heard(stdout, said), ended]);
  return running;
}

/** What is written after that is read still, and dropped. */
function heard(output: Readable, said: RegExp): Promise<void> {
  let text = '';
  return new Promise((resolve) => {
    output.setEncoding('utf8').on('data', (chunk: string) => {
      if (text.length > MAX_HEARD) return;
      text += chunk;
      if (said.test(text)) resolve();
    });
  });
}

/** Runs a program to its end and gives its stdout. Rejects when it fails, unless `tolerant`. */
export function run(command: readonly string[], { tolerant = false } = {}): Promise<string> {
  const [program = '', ...args] = command;
  return new Promise((resolve, reject) => {
    execFile(program, args, { maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error && !tolerant) reject(new Error(`${command.join(' ')}: ${stderr || error.message}`));
      else resolve(stdout);
    });
  });
}

/** User and system time of a process and its children, in seconds. */
export function cpuSecondsOf(pid: number): number {
  return familyOf(pid).reduce((sum, each) => sum + ownCpuSeconds(each), 0);
}

/** Resident memory of a process and its children, in bytes. */
export function rssBytesOf(pid: number): number {
  return familyOf(pid).reduce((sum, each) => sum + ownRssBytes(each), 0);
}

function track(child: ChildProcess, command: readonly string[]): Running {
  const { pid } = child;
  if (pid === undefined) throw new Error(`cannot start ${command[0]}`);
  alive.add(child);
  const ended = once(child, 'exit').then(() => {
    alive.delete(child);
  });
  const stop = async (): Promise<void> => {
    if (alive.has(child)) killFamily(pid);
    await ended;
  };
  return { pid, child, stop };
}

/** A worker would outlive a master that is killed alone. */
function killFamily(pid: number | undefined): void {
  if (pid === undefined) return;
  for (const each of familyOf(pid)) {
    try {
      process.kill(each, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}

function familyOf(pid: number): readonly number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  const children = existsSync(file) ? readFileSync(file, 'latin1').trim() : '';
  return [pid, ...(children === '' ? [] : children.split(' ').map(Number).flatMap(familyOf))];
}

/** Fields 14 and 15 of stat; the name in field 2 may hold blanks, so that counting starts behind it. */
function ownCpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function ownRssBytes(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return Number(kib ?? 0) * 1024;
}
