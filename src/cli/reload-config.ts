/**
 * Reloading: validate, compare, apply what can be applied, keep the old where the new is wrong.
 */

import type { Config } from '../config/config.ts';
import { reloadedConfig } from '../config/diff-config.ts';
import type { Daemon } from '../daemon.ts';
import { SvclaneError } from '../errors.ts';
import type { Logger } from '../observability/logging.ts';

/** Returns the configuration in force from here on; every outcome is logged, none is thrown. */
export function reloadConfig(daemon: Daemon, before: Config, reread: () => Config, logger: Logger): Config {
  try {
    const next = reread();
    const { reloadable, needsRestart } = daemon.reload(next);
    logger.level = next.logging.level;
    logger.info({ reason: 'Reloaded', changed: reloadable }, 'configuration reloaded');
    if (needsRestart.length > 0) {
      logger.warn({ reason: 'ReloadRejected', keys: needsRestart }, 'these keys need a restart; the old values go on');
    }
    return reloadedConfig(before, next);
  } catch (error) {
    const hint = error instanceof SvclaneError ? error.hint : undefined;
    logger.error(
      { reason: 'ReloadRejected', err: error instanceof Error ? error.message : String(error), hint },
      'reload rejected',
    );
    return before;
  }
}
