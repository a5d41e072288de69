/**
 * The audit log: a line for each change that was asked of the admin API, whatever the log level of the rest is about.
 */

import { channels } from './channels.ts';
import type { Logger } from './logging.ts';

/** Writes a line at info for each change, until the function that it returns is called. Nothing is left out in a flood. */
export function subscribeAuditLog(logger: Logger): () => void {
  const onChange: Parameters<typeof channels.changeRequested.subscribe>[0] = ({ outcome, ...facts }) => {
    logger.info({ reason: 'ChangeRequested', outcome, ...facts }, `change ${outcome}`);
  };
  channels.changeRequested.subscribe(onChange);
  return () => channels.changeRequested.unsubscribe(onChange);
}
