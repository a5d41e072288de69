/**
 * Whether this process takes over from another one, which started it for that.
 */

import { channelOf } from '../daemon/hand-over-channel.ts';
import { HANDOVER_ENV } from '../daemon/hand-over-messages.ts';
import { Predecessor } from '../daemon/predecessor.ts';
import { VERSION } from './version.ts';

/** Asked once: what told it is taken out of the environment, for it is not meant for our children. */
export function findPredecessor(): Predecessor | undefined {
  const protocol = process.env[HANDOVER_ENV];
  if (protocol === undefined || process.send === undefined) return undefined;
  delete process.env[HANDOVER_ENV];
  return new Predecessor({
    channel: channelOf(process),
    version: VERSION,
    pid: process.pid,
    protocol: Number(protocol),
  });
}
