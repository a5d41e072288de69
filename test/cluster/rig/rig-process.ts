/**
 * A process of a run, in a network namespace.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { identify } from './process-identity.ts';
import type { Run } from './run-folder.ts';

export interface ProcessSpec {
  /** Unique within the run; a process started again under the same name adds to the same log. */
  readonly name: string;
  readonly netns: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Open a channel for messages (`process.send`). */
  readonly ipc?: boolean;
}

export interface RigProcess {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Resolves with the exit code, or the name of the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  kill(signal: NodeJS.Signals): void;
  /** Everything it has written. */
  output(): string;
}

/** Starts a process. It dies with this process, however this one ends. */
export function startProcess(run: Run, spec: ProcessSpec): RigProcess {
  const log = run.path('log', spec.name);
  const output = openSync(log, 'a');
  const wrapped = ['--pdeathsig', 'KILL', 'nsenter', `--net=/run/netns/${spec.netns}`, '--', ...spec.command];
  const child = spawn('setpriv', wrapped, {
    stdio: ['ignore', output, output, ...(spec.ipc === true ? (['ipc'] as const) : [])],
    env: { ...process.env, ...spec.env },
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
    detached: true, // Ctrl-C is for this process, which then ends the others in order
  });
  closeSync(output);
  const { pid } = child;
  if (pid === undefined) throw new Error(`setpriv cannot be started for ${spec.name}: is util-linux installed?`);
  writeFileSync(run.path('process', spec.name), identify(pid));
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 0));
  });
  return { pid, child, exited, kill: (signal) => void child.kill(signal), output: () => readFileSync(log, 'utf8') };
}
