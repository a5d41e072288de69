/**
 * Folders for what is being made: moved into place when whole, removed when not.
 */

import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const NAME = /^\.scratch-(\d+)-/;

/** Calls `make` with a new folder beside its results in `parent`; removes it afterwards, and what dead processes left. */
export function withScratchFolder<T>(parent: string, make: (folder: string) => T): T {
  for (const entry of readdirSync(parent)) {
    const owner = NAME.exec(entry)?.[1];
    if (owner !== undefined && !existsSync(`/proc/${owner}`))
      rmSync(join(parent, entry), { recursive: true, force: true });
  }
  const folder = mkdtempSync(join(parent, `.scratch-${process.pid}-`));
  try {
    return make(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
