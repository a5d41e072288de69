/**
 * A complete list, page by page: for servers that do not stream it.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { transportFailure, uselessAnswer } from './api-failure.ts';
import { fieldOf, itemsOf, textOf } from './json-value.ts';
import { versionOf } from './known-objects.ts';
import { openRead, type ReadRequest } from './watch-stream.ts';

/** A page is parsed in one go: larger ones would hold up the event loop. */
const PAGE_SIZE = '250';
const PAGE_TIMEOUT_MS = 30_000;

/** All objects of one kind and scope, as they stood at one version. */
export interface CompleteList {
  readonly items: readonly unknown[];
  readonly version: string;
}

/**
 * Lists everything and calls `add` for each item as its page arrives; resolves with the resource version of the list.
 * Pages are of one consistent state; when the server has dropped that state between two of them, this throws the 410,
 * and the list has to be begun again. Throws SvclaneErrors only, and the signal's reason.
 */
export async function listPages(
  read: Omit<ReadRequest, 'verb' | 'query'>,
  add: (item: unknown) => void,
): Promise<string> {
  let position = '';
  for (;;) {
    const page = await readPage({ ...read, verb: 'list', query: pageQuery(position) });
    await nextTurn();
    for (const item of itemsOf(fieldOf(page, 'items'))) add(item);
    const next = textOf(fieldOf(fieldOf(page, 'metadata'), 'continue'));
    if (next === '') return versionOf(page);
    position = next;
  }
}

function pageQuery(position: string): Record<string, string> {
  return position === '' ? { limit: PAGE_SIZE } : { limit: PAGE_SIZE, continue: position };
}

async function readPage(read: ReadRequest): Promise<unknown> {
  const response = await openRead(read, PAGE_TIMEOUT_MS);
  let text: string;
  try {
    text = await response.body.text();
  } catch (cause) {
    read.signal.throwIfAborted();
    throw transportFailure(read.api.server, cause);
  }
  const page = parseList(text);
  if (versionOf(page) !== '') return page;
  throw uselessAnswer({ server: read.api.server, ...read.target, verb: read.verb }, 'answered no list', false);
}

function parseList(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
