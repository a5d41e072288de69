/**
 * The web page: `GET /`, and its parts below `/ui/HASH/`.
 *
 * The hash is that of all parts, so that a browser keeps them for good, and never mixes those of two versions. The page
 * itself is asked for each time. Nothing of the state is in it: the page asks the API, as everybody does.
 */

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { errnoOf } from '../errors.ts';
import { type HttpApp, sendProblem } from './http-app.ts';

/** Beside this file in `src` and, copied by the build, in `dist`. */
const FOLDER = new URL('./ui/', import.meta.url);

const PAGE = 'index.html';

/** What is served; other files of the folder are not. */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** No script and no style but our own files, and nobody may put the page into a frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const SAFETY = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

const ONE_YEAR_SECONDS = 31_536_000;

/** Nothing of the state is there: who has no token yet may have the page, to enter it. */
export const PAGE_ROUTES: ReadonlySet<string | undefined> = new Set(['/', '/ui/:version/:file']);

/** Adds the page. Its files are read when the app becomes ready; where there are none, nothing is at `/`. */
export function addUiRoutes(app: HttpApp): void {
  const hidden = { schema: { hide: true } };
  let loaded: LoadedPage = { page: undefined, etag: '', hash: '', parts: new Map() };
  app.addHook('onReady', async () => {
    loaded = await loadPage();
  });
  app.get('/', hidden, async (request, reply) => {
    const { page, etag } = loaded;
    if (!page) return sendProblem(reply, 404, 'NOT_FOUND', 'this installation has no page');
    reply.headers({ ...SAFETY, etag, 'cache-control': 'no-cache' });
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    return reply.type(mediaTypeOf(PAGE)).send(page);
  });
  app.get<{ Params: { version: string; file: string } }>('/ui/:version/:file', hidden, async (request, reply) => {
    const { version, file } = request.params;
    const { parts, hash } = loaded;
    const content = version === hash ? parts.get(file) : undefined;
    if (content === undefined) return sendProblem(reply, 404, 'NOT_FOUND', 'no such part of the page: reload it');
    reply.headers({ ...SAFETY, 'cache-control': `public, max-age=${ONE_YEAR_SECONDS}, immutable` });
    return reply.type(mediaTypeOf(file)).send(content);
  });
}

interface LoadedPage {
  /** `undefined` = not there. */
  readonly page: string | undefined;
  readonly etag: string;
  readonly hash: string;
  /** By file name. */
  readonly parts: ReadonlyMap<string, Buffer>;
}

async function loadPage(): Promise<LoadedPage> {
  const names = (await readdir(FOLDER).catch(noFolder)).filter((name) => extname(name) in MEDIA_TYPES).sort();
  const parts = new Map<string, Buffer>();
  const sum = createHash('sha256');
  for (const name of names) {
    const content = await readFile(new URL(name, FOLDER));
    parts.set(name, content);
    sum.update(`${name}\0${content.length}\0`).update(content);
  }
  const hash = sum.digest('hex').slice(0, 16);
  const page = parts.get(PAGE)?.toString().replaceAll('"ui/', `"ui/${hash}/`);
  parts.delete(PAGE);
  return { page, etag: `"${hash}"`, hash, parts };
}

function noFolder(error: unknown): string[] {
  if (errnoOf(error) === 'ENOENT') return [];
  throw error;
}

function mediaTypeOf(file: string): string {
  return MEDIA_TYPES[extname(file)] ?? 'application/octet-stream';
}
