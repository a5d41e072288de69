/**
 * Whether manifests can be read at all, for a clear word before anything starts.
 */

import { accessSync, constants, statSync } from 'node:fs';
import { errnoOf, SvclaneError } from '../../errors.ts';

/** Returns where `path` is a readable folder or file. Throws `SVL_MANIFESTS_UNREADABLE`. */
export function checkManifestsPath(path: string): void {
  try {
    const isFolder = statSync(path).isDirectory();
    accessSync(path, isFolder ? constants.R_OK | constants.X_OK : constants.R_OK);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The error of manifests that cannot be read, from the system's. */
export function unreadable(path: string, cause: unknown): SvclaneError {
  const errno = errnoOf(cause) ?? String(cause);
  const message = `cannot read manifests at ${path}: ${MEANINGS.get(errno) ?? errno}`;
  const hint = 'source: file:PATH names a folder with *.yaml, *.yml or *.json files, or one such file';
  return new SvclaneError('SVL_MANIFESTS_UNREADABLE', message, { hint, cause, facts: { path, errno } });
}

const MEANINGS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file or folder (ENOENT)'],
  ['EACCES', 'permission denied (EACCES)'],
  ['ENOTDIR', 'a part of the path is no folder (ENOTDIR)'],
]);
