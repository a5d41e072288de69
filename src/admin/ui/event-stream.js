/**
 * The daemon's server-sent events, by `fetch`: an `EventSource` could not send a token.
 *
 *   open ── events … ── cut off ── waits ── opens again with the last id ── …      until `close`
 */

import { requestHeaders, urlOf } from './api.js';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;

/**
 * @typedef {object} StreamEvent
 * @property {string} reason
 * @property {Readonly<Record<string, any>>} data
 */

/**
 * Follows the events of a query. `onCut` is called each time that the stream ends or cannot be opened.
 * @param {Readonly<Record<string, string>>} query
 * @param {{onEvent: (event: StreamEvent) => void, onCut?: () => void}} listeners
 * @returns {() => void} what ends it
 */
export function followEvents(query, { onEvent, onCut = () => {} }) {
  const ending = new AbortController();
  void run();
  return () => ending.abort();

  async function run() {
    let lastId = '';
    let waitMs = FIRST_WAIT_MS;
    while (!ending.signal.aborted) {
      try {
        for await (const { id, reason, data } of readStream(query, lastId, ending.signal)) {
          if (id !== '') lastId = id;
          waitMs = FIRST_WAIT_MS;
          onEvent({ reason, data });
        }
      } catch {
        // Whatever it was, the daemon is asked again; `onCut` lets the page see whether it is there.
      }
      if (ending.signal.aborted) return;
      onCut();
      await new Promise((done) => setTimeout(done, waitMs));
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    }
  }
}

/**
 * @param {Readonly<Record<string, string>>} query
 * @param {string} lastId
 * @param {AbortSignal} signal
 */
async function* readStream(query, lastId, signal) {
  const headers = { ...requestHeaders(), ...(lastId !== '' && { 'last-event-id': lastId }) };
  const response = await fetch(urlOf('/v1/events', query), { headers, cache: 'no-store', signal });
  if (!response.ok || !response.body) throw new Error(`the event stream answered ${response.status}`);
  let rest = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parseBlock(block);
      if (event) yield event;
    }
  }
}

/**
 * One event; `undefined` for a comment. Source: HTML Living Standard, server-sent events.
 * @param {string} block
 */
function parseBlock(block) {
  const fields = { id: '', event: '', data: '' };
  for (const line of block.split('\n')) {
    const [, name, value = ''] = /^(id|event|data): ?(.*)$/.exec(line) ?? [];
    if (name === 'id' || name === 'event' || name === 'data') fields[name] = value;
  }
  return fields.data === '' ? undefined : { id: fields.id, reason: fields.event, data: JSON.parse(fields.data) };
}
