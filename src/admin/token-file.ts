/**
 * The token of the admin API, in a file that nobody else can read.
 */

import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, link, mkdir, open, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { AdminToken } from '../config/admin-token.ts';
import { errnoOf, SvclaneError } from '../errors.ts';

const TOKEN_BYTES = 32;
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
/** Whoever may write the file, or is no member of its group, must not read it. */
const UNSAFE_MODE = 0o027;
/** A file that svclane makes is for its owner alone. */
const UNSAFE_OWN_MODE = 0o077;
const MAX_FILE_BYTES = 4096;
/** What fits into a header: base64, base64url, hexadecimal. */
const TOKEN = /^[\w~+./-]{16,512}={0,2}$/;

/**
 * The token in a file. One that is to be created is, where it is missing: 32 random bytes as base64url. Throws `SVL_TOKEN`
 * where the file cannot be read or made, is not safe, or has no token in it.
 */
export async function openToken(token: AdminToken): Promise<string> {
  try {
    if (token.create) await createMissing(token.path);
    return await readToken(token);
  } catch (error) {
    if (error instanceof SvclaneError) throw error;
    throw unusable(token.path, error instanceof Error ? error.message : String(error), error);
  }
}

async function readToken({ path, create }: AdminToken): Promise<string> {
  // A pipe would keep us waiting for whoever writes to it.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    const wrong = create ? unsafeOwn(stats) : unsafeOther(stats);
    if (wrong) throw unusable(path, wrong);
    return parseToken(path, await readSome(file));
  } finally {
    await file.close();
  }
}

function parseToken(path: string, text: string): string {
  const token = text.trim();
  if (TOKEN.test(token)) return token;
  throw unusable(path, 'it has no token of 16 to 512 letters, digits or ~+./_- in it');
}

async function readSome(file: FileHandle): Promise<string> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_FILE_BYTES), 0, MAX_FILE_BYTES, 0);
  return buffer.toString('utf8', 0, bytesRead);
}

function unsafeOwn(stats: Stats): string | undefined {
  return (stats.mode & UNSAFE_OWN_MODE) !== 0 ? `its mode is ${modeText(stats)} instead of 0600` : unsafeOther(stats);
}

function unsafeOther(stats: Stats): string | undefined {
  if (!stats.isFile()) return 'it is no file';
  const owners = [0, process.geteuid?.() ?? 0];
  if (!owners.includes(stats.uid)) return `it belongs to the user ${stats.uid}`;
  return (stats.mode & UNSAFE_MODE) !== 0 ? `others may read or change it: its mode is ${modeText(stats)}` : undefined;
}

function modeText({ mode }: Stats): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}

/** The file appears whole, and whoever comes second takes the first one's: another daemon may start at this moment. */
async function createMissing(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: FOLDER_MODE });
  if (await stat(path).catch(ignore('ENOENT'))) return;
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(draft, 'wx', FILE_MODE);
  try {
    await file.writeFile(`${randomBytes(TOKEN_BYTES).toString('base64url')}\n`);
    await file.sync();
    await link(draft, path).catch(ignore('EEXIST'));
  } finally {
    await file.close();
    await unlink(draft);
  }
}

function ignore(errno: string): (error: unknown) => undefined {
  return (error) => {
    if (errnoOf(error) !== errno) throw error;
  };
}

function unusable(path: string, reason: string, cause?: unknown): SvclaneError {
  return new SvclaneError('SVL_TOKEN', `the token of the admin API in ${path} cannot be used: ${reason}`, {
    cause,
    hint: 'put it right or remove it, name another by admin.token, or set admin.token: "" to do without changes',
    facts: { path },
  });
}
