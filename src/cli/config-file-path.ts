/**
 * Where the configuration file is: named, or at its usual place.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { configPath } from '../config/config-path.ts';
import type { Env, FlagValues } from '../config/option-layer.ts';

/** The path; one that was named need not exist. `undefined` = there is no file. */
export function configFilePath(env: Env, flags: FlagValues): string | undefined {
  return configPath(env, flags) ?? usualPath(env);
}

function usualPath(env: Env): string | undefined {
  const folder = env.XDG_CONFIG_HOME || (env.HOME && join(env.HOME, '.config'));
  const path = folder && join(folder, 'svclane', 'config.yaml');
  return path && existsSync(path) ? path : undefined;
}
