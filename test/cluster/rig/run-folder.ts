/**
 * One run of the rig: a folder, and names that no other run on this machine has.
 *
 * Everything that a run puts on the machine (processes, network namespaces, cgroups) is named after the folder or noted
 * in it, and the folder goes last. So a run that was cut off leaves a folder whose owner is dead: `openRun` finds it
 * and clears up after it, and leaves alone what a living owner has.
 *
 * ```
 * /var/tmp/svlt-4121-1/owner           pid and start time of the process that made it
 *                     /process/etcd    the same of each process that was started
 *                     /log/etcd        its output
 * /run/netns/svlt-4121-1-lan           a network namespace
 * ```
 */

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../build/run-command.ts';
import { removeContainerCgroups } from './container-cgroups.ts';
import { killAll } from './kill-all.ts';
import { identify, isAlive } from './process-identity.ts';

/** A fixed place on disk, whatever TMPDIR says, so that every run finds the leftovers of every other. */
const BASE = '/var/tmp';
const RUN_NAME = /^svlt-\d+-\d+$/;

export interface Run {
  readonly name: string;
  /** Absolute; exists as long as the run. */
  readonly folder: string;
  /** The full name of a network namespace of this run. */
  netns(name: string): string;
  /** The path of a file of this run. */
  path(...parts: string[]): string;
  /** Ends every process of the run and removes all it made. Synchronous and idempotent; also runs at exit. */
  remove(): void;
}

let count = 0;

/** Makes the folder of a new run, after clearing up what dead runs left behind. */
export function openRun(): Run {
  removeLeftovers();
  count += 1;
  const name = `svlt-${process.pid}-${count}`;
  const folder = join(BASE, name);
  for (const sub of ['log', 'process']) mkdirSync(join(folder, sub), { recursive: true });
  writeFileSync(join(folder, 'owner'), identify(process.pid));
  const remove = (): void => removeRun(name);
  process.once('exit', remove);
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.once(signal, () => process.exit(code));
  return { name, folder, netns: (ns) => `${name}-${ns}`, path: (...parts) => join(folder, ...parts), remove };
}

/** Clears up after runs whose owner has died. */
function removeLeftovers(): void {
  for (const name of readdirSync(BASE).filter((entry) => RUN_NAME.test(entry))) {
    const owner = join(BASE, name, 'owner');
    // Without an owner yet, it is a run that is being made at this moment, or one that was cut off in its first
    // milliseconds and made nothing else.
    if (existsSync(owner) && !isAlive(readFileSync(owner, 'utf8'))) removeRun(name);
  }
}

function removeRun(name: string): void {
  const folder = join(BASE, name);
  if (!existsSync(folder)) return;
  const notes = join(folder, 'process');
  killAll(readdirSync(notes).map((file) => readFileSync(join(notes, file), 'utf8')));
  removeContainerCgroups(folder);
  for (const netns of namespacesOf(name)) runCommand('ip', ['netns', 'delete', netns]);
  const keep = process.env.SVCLANE_TEST_LOGS;
  if (keep) cpSync(join(folder, 'log'), join(keep, name), { recursive: true });
  rmSync(folder, { recursive: true, force: true });
}

function namespacesOf(name: string): readonly string[] {
  if (!existsSync('/run/netns')) return [];
  return readdirSync('/run/netns').filter((netns) => netns.startsWith(`${name}-`));
}
