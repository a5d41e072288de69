/**
 * Runs one command to its end, in the foreground.
 */

import { spawnSync } from 'node:child_process';

export interface CommandOptions {
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Fed to the command. */
  readonly input?: string;
}

/** Runs `command` and gives its standard output. Throws with its standard error when it fails. */
export function runCommand(command: string, args: readonly string[], options: CommandOptions = {}): string {
  const { cwd, env, input } = options;
  const result = spawnSync(command, args, {
    ...(cwd === undefined ? {} : { cwd }),
    ...(input === undefined ? {} : { input }),
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  if (result.error) throw result.error;
  if (result.status === 0) return result.stdout;
  const ending = result.status === null ? `signal ${result.signal}` : `status ${result.status}`;
  throw new Error(`${command} ${args.join(' ')}: ${ending}\n${result.stderr.slice(-4000)}`);
}
