/**
 * The command behind `--`: runs with the variables of the lanes, and the forward ends with it.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { errnoOf } from '../../errors.ts';

/** A command that runs. */
export interface ChildCommand {
  /** Resolves with its exit code, as a shell has it: 128 and the signal's number, 127 where there is no such command. */
  readonly exit: Promise<number>;
  /** Passes a signal on. */
  signal(signal: NodeJS.Signals): void;
}

/** Starts it, with our own standard input and output. Source: POSIX shell, exit status of commands. */
export function startCommand(
  [program = '', ...args]: readonly string[],
  variables: Readonly<Record<string, string>>,
): ChildCommand {
  const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...variables } });
  return { exit: ended(child, program), signal: (signal) => void child.kill(signal) };
}

function ended(child: ChildProcess, program: string): Promise<number> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    child.once('error', (error) => {
      const errno = errnoOf(error);
      process.stderr.write(
        `error: cannot run ${program}: ${errno ?? error.message}\nhint: the command stands behind --\n`,
      );
      resolve(errno === 'ENOENT' ? 127 : 126);
    });
  });
}
