/**
 * Reset: how one side of a flow learns that the other side was cut off. A FIN would say "complete".
 */

import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Ends a stream at once, with an RST where it is a TCP socket. Idempotent; what was queued is dropped. */
export function resetStream(stream: Duplex): void {
  if (stream.destroyed) return;
  if (!(stream instanceof Socket)) stream.destroy();
  else if (isShuttingDown(stream)) stream.once('finish', () => stream.resetAndDestroy());
  else stream.resetAndDestroy();
}

/** The kernel was asked to send a FIN in this turn of the loop: a reset would be refused (EINVAL), and the handle lost. */
function isShuttingDown(socket: Socket): boolean {
  return socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
}
