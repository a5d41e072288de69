/**
 * Tells one process from a later one that was given the same pid.
 */

import { existsSync, readFileSync } from 'node:fs';

/** `pid starttime`, both as /proc has them; "" where there is no such process. */
export function identify(pid: number): string {
  const started = startTimeOf(pid);
  return started === undefined ? '' : `${pid} ${started}`;
}

/** Whether the process that {@link identify} described still runs; a zombie does not. */
export function isAlive(identity: string): boolean {
  const [pid, started] = identity.split(' ');
  return started !== undefined && startTimeOf(Number(pid)) === started;
}

/** Field 22 of /proc/PID/stat. The command before it is in parentheses and may hold anything. */
function startTimeOf(pid: number): string | undefined {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return undefined;
  const stat = readStat(path);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : fields[19];
}

function readStat(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it ended between the two looks
  }
}
