/**
 * The link to the daemon: whether it is there, what it says of itself, and that something changed.
 *
 *   connecting ──▶ live ◀──▶ lost            and `denied` where it wants a token
 *
 * While nobody looks at the page it asks nothing and holds no connection: a browser has six for all tabs of one address.
 */

/** @import { Status } from '../status.ts' */

import { ApiProblem, getJson } from './api.js';
import { followEvents } from './event-stream.js';
import { createSignal } from './signal.js';

const POLL_MS = 4_000;
const RETRY_MS = 1_500;

/**
 * @typedef {object} Link
 * @property {'connecting' | 'live' | 'lost' | 'denied'} state
 * @property {Status | undefined} status the last that was told
 * @property {number} atMs when that was, by the browser's clock; 0 = never
 */

/** @type {Link} */
let link = { state: 'connecting', status: undefined, atMs: 0 };
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
/** @type {(() => void) | undefined} */
let endStream;
let isAsking = false;

/** @type {import('./signal.js').Signal<Link>} */
export const linkChanged = createSignal();
/** The daemon is there again, or the page is looked at again: all that is shown may be old. @type {import('./signal.js').Signal<undefined>} */
export const refreshed = createSignal();
/** Another table is in force. @type {import('./signal.js').Signal<undefined>} */
export const synced = createSignal();

/** @returns {Link} */
export function currentLink() {
  return link;
}

/** Begins; once. */
export function startSession() {
  document.addEventListener('visibilitychange', () => (document.hidden ? pause() : resume()));
  if (!document.hidden) resume();
}

/** Asks at once, rather than when it is time. */
export function askNow() {
  clearTimeout(timer);
  if (!isAsking && !document.hidden) void ask();
}

function pause() {
  clearTimeout(timer);
  endStream?.();
  endStream = undefined;
}

function resume() {
  endStream ??= followEvents({ reasons: 'Synced' }, { onEvent: () => onSynced(), onCut: askNow });
  if (link.state === 'live') refreshed.emit(undefined);
  askNow();
}

function onSynced() {
  synced.emit(undefined);
  askNow();
}

async function ask() {
  isAsking = true;
  const before = link;
  try {
    const status = /** @type {Status} */ (await getJson('/v1/status'));
    link = { state: 'live', status, atMs: Date.now() };
  } catch (error) {
    const isDenied = error instanceof ApiProblem && error.status === 401;
    link = { ...link, state: isDenied ? 'denied' : 'lost' };
  }
  isAsking = false;
  if (before.state !== 'connecting' && before.state !== 'live' && link.state === 'live') refreshed.emit(undefined);
  linkChanged.emit(link);
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(ask, link.state === 'live' ? POLL_MS : RETRY_MS);
}
