/**
 * bench/results/: raw figures as JSON, outside of git.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder, which exists after the first call of `resultsFolder`. */
export function resultsFolder(...parts: readonly string[]): string {
  const folder = join(import.meta.dirname, 'results', ...parts);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Writes a result and gives its path. */
export function writeResult(name: string, content: unknown): string {
  const stamp = new Date().toISOString().replaceAll(':', '-').slice(0, 19);
  const file = join(resultsFolder(), `${name}-${stamp}.json`);
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
  return file;
}
