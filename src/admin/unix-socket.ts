/**
 * The file of a Unix socket: its folder, what a crashed daemon left, and who may connect.
 */

import { chmod, lstat, mkdir, rename, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { errnoOf, SvclaneError } from '../errors.ts';

const FOLDER_MODE = 0o750;
const SOCKET_MODE = 0o660;

/**
 * Makes the path free to bind: the folder is made where it is missing, and a socket at which nobody answers is removed.
 * Throws `SVL_LISTEN` where somebody answers, or where the file is no socket: that one is not ours to remove. `isShared`:
 * who answers is our predecessor, whose socket stays until ours takes its place.
 */
export async function prepareSocketPath(path: string, isShared = false): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: FOLDER_MODE });
  const found = await lstat(path).catch(ignoreMissing);
  if (!found) return;
  if (!found.isSocket()) {
    throw new SvclaneError('SVL_LISTEN', `${path} is there and is no socket`, { hint: 'move it away' });
  }
  if (isShared) return;
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

/**
 * Where a socket is bound before it is moved to `path`: beside it, and with a name that is no longer, since the path of a
 * socket has an end at 107 bytes.
 */
function besideOf(path: string): string {
  const name = basename(path);
  return join(dirname(path), `${name.slice(0, -1)}${name.endsWith('~') ? '_' : '~'}`);
}

/** Binds by `listen`, which is given a free path beside `path`; then moves the socket to `path`, whatever was there. */
export async function bindBeside(path: string, listen: (beside: string) => Promise<void>): Promise<void> {
  const beside = besideOf(path);
  await unlink(beside).catch(ignoreMissing);
  await listen(beside);
  await protectSocket(beside);
  await rename(beside, path);
}

/** Removes the file of a socket; one that is gone is no failure. */
export async function removeSocket(path: string): Promise<void> {
  await unlink(path).catch(ignoreMissing);
}

/** The number of the file at `path`; 0 = there is none. */
export async function inodeOf(path: string): Promise<number> {
  return (await lstat(path).catch(ignoreMissing))?.ino ?? 0;
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
