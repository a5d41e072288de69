/**
 * The history of a daemon, and the file that it goes on in, where the configuration names one.
 */

import { settingsOf } from '../config/build-config.ts';
import type { Config } from '../config/config.ts';
import type { HistoryFile } from '../history-file/history-file.ts';
import { systemClock } from '../lib/clock.ts';
import type { Logger } from '../observability/logging.ts';
import { recordHeader } from '../recording/record-header.ts';
import { createHistory } from '../routing/create-history.ts';
import type { History } from '../routing/history.ts';
import { VERSION } from './version.ts';

export interface OpenHistory {
  readonly history: History;
  /** `undefined` = there is none. Whoever opened closes it, when no table follows any more. */
  readonly file: HistoryFile | undefined;
}

/** Loads what the file has. What is wrong with it is logged, once, and never keeps the daemon from serving. */
export async function openHistory(config: Config, logger: Logger): Promise<OpenHistory> {
  const { serviceProxyName, history: bounds } = config;
  const history = createHistory({ ...bounds, serviceProxyName });
  if (bounds.file === '') return { history, file: undefined };
  const { openHistoryFile } = await import('../history-file/history-file.ts');
  const file = await openHistoryFile({
    path: bounds.file,
    history,
    header: recordHeader({
      version: VERSION,
      nowMs: systemClock.now(),
      description: config.source.type === 'manifests' ? `manifests ${config.source.path}` : 'the cluster',
      serviceProxyName,
      settings: settingsOf(config),
    }),
    clock: systemClock,
    report(problem) {
      const { message: err, hint } = problem ?? {};
      if (problem) logger.warn({ reason: 'HistoryFile', err, hint }, 'the history file is not in order');
      else logger.info({ reason: 'HistoryFile' }, 'the history file is in order again');
    },
  });
  return { history, file };
}
