/**
 * Paced text: many small pieces, put together to larger ones, with a turn of the event loop in between.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../lib/clock.ts';

/** Flows wait so long at most, and for one piece. */
const TURN_MS = 1;

/** The pieces as they come, nothing left out or changed. What is yielded has been made in one turn; it is never "". */
export async function* paced(pieces: Iterable<string>, clock: Clock): AsyncGenerator<string> {
  let text = '';
  let startedMs = clock.monotonic();
  for (const piece of pieces) {
    text += piece;
    if (clock.monotonic() - startedMs < TURN_MS) continue;
    if (text !== '') yield text;
    text = '';
    await nextTurn();
    startedMs = clock.monotonic();
  }
  if (text !== '') yield text;
}
