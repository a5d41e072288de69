/**
 * The file of a Unix socket: its folder, what a crashed daemon left, and who may connect.
 */

import { chmod, lstat, mkdir, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { errnoOf, SvclaneError } from '../errors.ts';

const FOLDER_MODE = 0o750;
const SOCKET_MODE = 0o660;

/**
 * Makes the path free to bind: the folder is made where it is missing, and a socket at which nobody answers is removed.
 * Throws `SVL_LISTEN` where somebody answers, or where the file is no socket: that one is not ours to remove.
 */
export async function prepareSocketPath(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: FOLDER_MODE });
  const found = await lstat(path).catch(ignoreMissing);
  if (!found) return;
  if (!found.isSocket()) {
    throw new SvclaneError('SVL_LISTEN', `${path} is there and is no socket`, { hint: 'move it away' });
  }
  if (await answers(path)) {
    throw new SvclaneError('SVL_LISTEN', `another process answers at ${path}`, {
      hint: 'is svclane running already? Stop it, or choose another socket by admin.listen',
    });
  }
  await unlink(path).catch(ignoreMissing);
}

/** Lets owner and group connect, and nobody else. */
export async function protectSocket(path: string): Promise<void> {
  await chmod(path, SOCKET_MODE);
}

/** Whether somebody accepts: a refusal means that the file outlived its process. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    const settle = (act: () => void): void => {
      socket.destroy();
      act();
    };
    socket.once('connect', () => settle(() => resolve(true)));
    socket.once('error', (error) => {
      const errno = errnoOf(error);
      if (errno === 'ECONNREFUSED' || errno === 'ENOENT') settle(() => resolve(false));
      else settle(() => reject(error));
    });
  });
}

function ignoreMissing(error: unknown): undefined {
  if (errnoOf(error) !== 'ENOENT') throw error;
}
