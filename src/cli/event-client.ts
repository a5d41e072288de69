/**
 * The daemon's event stream, followed over interruptions: where it is cut off it goes on behind the last event.
 */

import { SvclaneError } from '../errors.ts';
import { connectToDaemon, readHeaders, unreachable } from './admin-client.ts';
import { pause } from './output-pipe.ts';
import { problemError } from './problem-error.ts';

const RETRY_MS = 1_000;

/** One event: its reason, and its data as the daemon gave it. */
export interface StreamedEvent {
  readonly id: string;
  readonly reason: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * Yields the events until `signal` is aborted. Throws `SVL_DAEMON_UNREACHABLE` where nobody answers, also after an
 * interruption.
 */
export async function* followEvents(
  host: string,
  query: URLSearchParams,
  signal: AbortSignal,
): AsyncGenerator<StreamedEvent> {
  let lastId = '';
  do {
    for await (const event of connection(host, query, lastId, signal)) {
      if (event.id !== '') lastId = event.id;
      if (event.reason !== '') yield event;
    }
  } while (!signal.aborted && (await pause(RETRY_MS, signal)));
}

/** One connection, until it ends. */
async function* connection(
  host: string,
  query: URLSearchParams,
  lastId: string,
  signal: AbortSignal,
): AsyncGenerator<StreamedEvent> {
  const client = connectToDaemon(host);
  try {
    const place = lastId === '' ? {} : { 'last-event-id': lastId };
    const headers = { accept: 'text/event-stream', ...readHeaders(process.env), ...place };
    const path = `/v1/events?${query}`;
    const response = await client
      .request({ method: 'GET', path, headers, signal, headersTimeout: 10_000, bodyTimeout: 60_000 })
      .catch((error: unknown) => {
        if (signal.aborted) return undefined;
        throw unreachable(host, error);
      });
    if (!response) return;
    if (response.statusCode !== 200) throw refusal(host, response.statusCode, await response.body.text());
    yield* parseEvents(response.body);
  } finally {
    await client.destroy();
  }
}

function refusal(host: string, status: number, text: string): SvclaneError {
  const message = `the daemon at ${host} answered ${status} instead of events`;
  return problemError(text) ?? new SvclaneError('SVL_DAEMON_RESPONSE', message);
}

/** Source: HTML Living Standard, server-sent events. A stream that breaks just ends. */
async function* parseEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<StreamedEvent> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = parseEvent(block);
        if (event) yield event;
      }
    }
  } catch {
    // Cut off: whoever follows comes back.
  }
}

/** An id alone tells a place, and is no event: its reason is "". */
function parseEvent(block: string): StreamedEvent | undefined {
  const fields = new Map(block.split('\n').map((line) => splitAt(line, line.indexOf(':'))));
  const id = fields.get('id') ?? '';
  const data: unknown = JSON.parse(fields.get('data') ?? 'null');
  if (typeof data === 'object' && data !== null) return { id, reason: fields.get('event') ?? '', data: { ...data } };
  return id === '' ? undefined : { id, reason: '', data: {} };
}

function splitAt(line: string, colon: number): readonly [string, string] {
  return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
}
