/**
 * Builds what is missing of the test cluster before it is started.
 */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Runs `build.ts` to its end; a moment where all is there already. Throws when it fails. */
export function ensureBuilt(level: 'control-plane' | 'kube-proxy' | 'full'): void {
  const build = join(import.meta.dirname, 'build.ts');
  // Standard output may belong to a test's report.
  const { status } = spawnSync(process.execPath, ['--no-warnings', build, level], { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`the test cluster cannot be built: build.ts ${level} ended with ${status}`);
}
