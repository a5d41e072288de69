/**
 * The start of a daemon, watched: what keeps it from its first table is told once, and ends it where nobody would wait.
 */

import type { Config } from '../config/config.ts';
import type { Daemon } from '../daemon/daemon-contract.ts';
import { ERROR_CODES, type ErrorCode, SvclaneError } from '../errors.ts';
import { channels, type ResourceMessage } from '../observability/channels.ts';
import { printError } from './report-error.ts';

/**
 * Resolves when the first table is in force, or the daemon was closed before. In mode dev an API server that refuses, or
 * does not let us in, rejects with its error; a node waits for it as long as it takes, since it may be starting itself.
 */
export async function watchStart(daemon: Daemon, mode: Config['mode']): Promise<void> {
  const failed = Promise.withResolvers<never>();
  const told = new Set<string>();
  const onResource = ({ status: { error } }: ResourceMessage): void => {
    if (!error || !isErrorCode(error.code) || told.has(error.message)) return;
    told.add(error.message);
    const { hint } = error;
    const problem = new SvclaneError(error.code, error.message, hint === undefined ? {} : { hint });
    if (mode === 'dev' && error.code.startsWith('SVL_API')) failed.reject(problem);
    else printError(problem);
  };
  channels.resource.subscribe(onResource);
  try {
    await Promise.race([daemon.start(), daemon.closed, failed.promise]);
  } finally {
    channels.resource.unsubscribe(onResource);
  }
}

function isErrorCode(code: string): code is ErrorCode {
  return code in ERROR_CODES;
}
