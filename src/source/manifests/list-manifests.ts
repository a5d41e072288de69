/**
 * Which manifest files there are, and what tells that one of them changed.
 */

import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errnoOf } from '../../errors.ts';

/** The files at a moment. */
export interface ManifestListing {
  /** What has to be watched: the folder, or the folder of the one file. */
  readonly folder: string;
  /** Differs when the folder was replaced by another of the same name. */
  readonly folderId: string;
  /** Path of each file, sorted by name → a text that differs when the file's content does. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Lists every *.yaml, *.yml and *.json of a folder, hidden files apart, not recursive; or the one file at `path`.
 * Throws the system's error where `path` cannot be read.
 */
export async function listManifests(path: string): Promise<ManifestListing> {
  const isFolder = (await stat(path)).isDirectory();
  const folder = isFolder ? path : dirname(path);
  const names = isFolder ? (await readdir(path)).filter(isManifestName).sort() : [];
  const paths = isFolder ? names.map((name) => join(path, name)) : [path];
  const found = await Promise.all(paths.map(async (file) => [file, await signatureOf(file)] as const));
  const { dev, ino } = await stat(folder);
  const files = new Map<string, string>();
  for (const [file, signature] of found) if (signature !== undefined) files.set(file, signature);
  return { folder, folderId: `${dev}:${ino}`, files };
}

/** Hidden files are those of editors. */
function isManifestName(name: string): boolean {
  return /^[^.].*\.(ya?ml|json)$/.test(name);
}

/** `undefined` = no file, such as a folder or a link to nothing. */
async function signatureOf(file: string): Promise<string | undefined> {
  try {
    const status = await stat(file, { bigint: true });
    if (status.isDirectory()) return undefined;
    const { dev, ino, size, mtimeNs, ctimeNs } = status;
    return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
  } catch (error) {
    const errno = errnoOf(error);
    // Any other error is told when the file is read.
    return errno === 'ENOENT' ? undefined : `error:${errno}`;
  }
}
