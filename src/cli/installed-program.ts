/**
 * The program that is installed, told from the one that runs.
 */

import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Whether the files of the program are others than when this was made: an upgrade, or a downgrade. */
export interface InstalledProgram {
  /** `false` also while there is none: it is being installed. */
  isOther(): boolean;
}

/** Looks at the entry and package.json, which stands one folder above `src` and `dist` alike. */
export function createInstalledProgram(
  files: readonly string[] = [process.argv[1] ?? '', fileURLToPath(new URL('../../package.json', import.meta.url))],
): InstalledProgram {
  const running = identityOf(files);
  return {
    isOther() {
      const installed = identityOf(files);
      return installed !== undefined && installed !== running;
    },
  };
}

function identityOf(files: readonly string[]): string | undefined {
  try {
    return files
      .map((file) => statSync(file))
      .map(({ ino, mtimeMs, size }) => `${ino} ${mtimeMs} ${size}`)
      .join('\n');
  } catch {
    return undefined;
  }
}
