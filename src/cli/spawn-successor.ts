/**
 * Starts the successor: the same command again, by the program that is installed by now.
 *
 *   we ──▶ sh ──▶ successor      sh ends at once, and the successor is a child of init from then on
 *    └──── channel ────┘
 *
 * It must not be our child when it becomes the main process: systemd waits for nobody's children but its own, and would
 * kill another one at a stop without giving it time.
 */

import { spawn } from 'node:child_process';
import { channelOf, type HandOverChannel } from '../daemon/hand-over-channel.ts';
import { HANDOVER_ENV, HANDOVER_PROTOCOL } from '../daemon/hand-over-messages.ts';

/** The process of a successor. */
export interface SuccessorProcess {
  readonly channel: HandOverChannel;
  /** Resolves when it has ended, with a line that says so; or with why it could not be started. */
  readonly ended: Promise<string>;
}

/** Its output goes where ours goes. */
export function spawnSuccessor(): SuccessorProcess {
  const child = spawn(
    '/bin/sh',
    ['-c', '"$0" "$@" &', process.execPath, ...process.execArgv, ...process.argv.slice(1)],
    {
      // WATCHDOG_PID would tell it that the signs of life are for another process to give.
      env: { ...process.env, [HANDOVER_ENV]: String(HANDOVER_PROTOCOL), WATCHDOG_PID: undefined },
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    },
  );
  // With sh gone the channel alone is left to wait for, and Node does not count it after the first message.
  child.channel?.ref();
  const channel = channelOf(child);
  const failed = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`the new process cannot be started: ${error.message}`));
  });
  return { channel, ended: Promise.race([failed, channel.closed.then(() => 'the new process has ended')]) };
}
