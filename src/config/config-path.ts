/**
 * The path of the configuration file.
 */

import type { Env, FlagValues } from './option-layer.ts';

/** The path of the configuration file, from the flag `--config` or its twin; `undefined` = none is given. */
export function configPath(env: Env, flags: FlagValues): string | undefined {
  const flag = flags.config;
  return (typeof flag === 'string' ? flag : undefined) || env.SVCLANE_CONFIG || undefined;
}
