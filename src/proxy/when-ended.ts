/**
 * The end of what a stream reads, whether it is still to come or was before anybody asked.
 */

import type { Readable } from 'node:stream';

/**
 * Calls back once when the stream has ended: at once, where it has. A socket that was read before it came here may have met
 * its FIN while nobody listened.
 */
export function whenEnded(stream: Readable, callback: () => void): void {
  if (stream.readableEnded) callback();
  else stream.on('end', callback);
}
