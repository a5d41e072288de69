/**
 * Reloading: validate, compare, apply what can be applied, keep the old where the new is wrong.
 */

import type { Config } from '../config/config.ts';
import { reloadedConfig } from '../config/diff-config.ts';
import type { Daemon } from '../daemon/daemon-contract.ts';
import { SvclaneError } from '../errors.ts';
import type { Logger } from '../observability/logging.ts';

/** What became of a reload. */
export interface Reload {
  /** In force from here on. */
  readonly config: Config;
  /** Keys that only a new process can follow. */
  readonly needsRestart: readonly string[];
  /** Why not all of it was followed, one line; `undefined` = it was, but for `needsRestart`. */
  readonly rejected: string | undefined;
}

/** Every outcome is logged, none is thrown. */
export function reloadConfig(daemon: Daemon, before: Config, reread: () => Config, logger: Logger): Reload {
  try {
    const next = reread();
    const { reloadable, needsRestart, needsStop } = daemon.reload(next);
    logger.level = next.logging.level;
    logger.info({ reason: 'Reloaded', changed: reloadable }, 'configuration reloaded');
    const config = reloadedConfig(before, next);
    if (needsStop.length === 0) return { config, needsRestart, rejected: undefined };
    // A new process would read all of them.
    const keys = [...needsStop, ...needsRestart];
    logger.warn({ reason: 'ReloadRejected', keys }, 'these keys need a stop and a start; the old values go on');
    return { config, needsRestart: [], rejected: `a stop and a start are needed for ${keys.join(', ')}` };
  } catch (error) {
    const hint = error instanceof SvclaneError ? error.hint : undefined;
    const reason = error instanceof Error ? error.message : String(error);
    logger.error({ reason: 'ReloadRejected', err: reason, hint }, 'reload rejected');
    return { config: before, needsRestart: [], rejected: reason };
  }
}
