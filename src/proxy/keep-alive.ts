/**
 * Keep-alive: the kernel asks a peer that is silent whether it is still there.
 */

import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** How long a peer is silent before it is asked. */
const KEEP_ALIVE_DELAY_MS = 60_000;

/** Has a peer asked from here on, where the stream is a socket. Four system calls, which a short connection does without. */
export function keepAlive(stream: Duplex): void {
  if (stream instanceof Socket) stream.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
}
