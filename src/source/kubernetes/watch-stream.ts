/**
 * One watch request: its answer as batches of events.
 */

import type { Clock } from '../../lib/clock.ts';
import { answerFailure, retryAfterMs, statusAnswer, transportFailure, uselessAnswer } from './api-failure.ts';
import type { KubeAuth, KubeResponse } from './auth.ts';
import { fieldOf, textOf } from './json-value.ts';
import { LineSplitter } from './line-splitter.ts';
import type { ResourceTarget } from './resources.ts';
import type { StreamGuard } from './stream-guard.ts';

export type ApiAccess = Pick<KubeAuth, 'server' | 'request'>;

/** One line of a watch. `INVALID` is one that is no event. */
export interface WatchEvent {
  readonly type: string;
  readonly object: unknown;
}

/** What a `type` may be, beside `ERROR`. */
export const EVENT_TYPES: ReadonlySet<string> = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK']);

export interface ReadRequest {
  readonly api: ApiAccess;
  readonly clock: Clock;
  readonly target: ResourceTarget;
  readonly verb: 'list' | 'watch';
  readonly query: Readonly<Record<string, string>>;
  readonly userAgent: string;
  readonly signal: AbortSignal;
}

/** An error answer is small; a proxy's page of HTML need not be. */
const ERROR_BODY_BYTES = 64 * 1024;

/**
 * Sends a GET for a list or a watch; resolves with an answer of status 200. Anything else is thrown as the SvclaneError
 * that says what it means.
 */
export async function openRead(read: ReadRequest, bodyTimeoutMs: number): Promise<KubeResponse> {
  const { api, clock, target, query, userAgent, signal } = read;
  const headers = { 'user-agent': userAgent };
  const response = await api.request(target.path, {
    query: { ...target.selector, ...query },
    headers,
    signal,
    bodyTimeoutMs,
    headersTimeoutMs: 30_000,
  });
  if (response.status === 200) return response;
  const status = parse(await readSome(response));
  const answer = {
    ...statusAnswer(status),
    status: response.status,
    retryAfterMs: retryAfterMs(response.headers['retry-after'], clock.now()),
  };
  throw answerFailure({ server: api.server, ...target, verb: read.verb }, answer);
}

/**
 * The events of an accepted watch, one batch for each chunk that completes a line. Ends when the server ends it; throws
 * `SVL_API_UNREACHABLE` when it breaks, also in the middle of a line: what was cut off is sent again to the next watch.
 */
export async function* watchEvents(
  read: ReadRequest,
  response: KubeResponse,
  guard: StreamGuard,
): AsyncGenerator<readonly WatchEvent[]> {
  const splitter = new LineSplitter();
  try {
    for await (const chunk of response.body) {
      guard.touch();
      const lines = splitter.push(chunk);
      if (lines.length > 0) yield lines.map(toEvent);
    }
  } catch (cause) {
    throw transportFailure(read.api.server, cause);
  }
  if (splitter.pendingBytes > 0) {
    throw uselessAnswer({ server: read.api.server, ...read.target, verb: 'watch' }, 'cut off an event', false);
  }
}

/** Whether a bookmark is the one that ends a streaming list. */
export function endsInitialEvents(bookmark: unknown): boolean {
  const annotations = fieldOf(fieldOf(bookmark, 'metadata'), 'annotations');
  return fieldOf(annotations, 'k8s.io/initial-events-end') === 'true';
}

function toEvent(line: string): WatchEvent {
  const value = parse(line);
  const type = textOf(fieldOf(value, 'type'));
  return { type: type === '' ? 'INVALID' : type, object: fieldOf(value, 'object') };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readSome(response: KubeResponse): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > ERROR_BODY_BYTES) break;
    }
  } catch {
    // The status alone says enough.
  }
  return Buffer.concat(chunks).toString('utf8');
}
