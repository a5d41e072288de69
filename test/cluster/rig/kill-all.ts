/**
 * Ends processes by their identity, and waits until they are gone.
 */

import { pauseSync } from './pause-sync.ts';
import { isAlive } from './process-identity.ts';

const PATIENCE_MS = 5000;

/** Kills every process of `identities` that still runs, and blocks until the kernel has let go of them. */
export function killAll(identities: readonly string[]): void {
  const alive = identities.filter(isAlive);
  for (const identity of alive) process.kill(Number(identity.split(' ')[0]), 'SIGKILL');
  const deadline = Date.now() + PATIENCE_MS;
  while (alive.some(isAlive) && Date.now() < deadline) pauseSync(10);
}
