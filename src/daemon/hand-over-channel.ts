/**
 * The channel between predecessor and successor, seen from either end.
 */

import type { SendHandle } from 'node:child_process';

/** Messages in order, each with at most one socket. */
export interface HandOverChannel {
  /** Resolves when the message has left; also where nobody hears it any more. */
  send(message: object, handle?: SendHandle): Promise<void>;
  /** One listener. A handle is to be attached to before anything is awaited. */
  listen(listener: (message: unknown, handle: SendHandle) => void): void;
  /** Resolves when the other end is gone. */
  readonly closed: Promise<void>;
  close(): void;
}

/** What a child process and our own process have in common. */
export interface ChannelEnd {
  readonly connected: boolean;
  send?(message: object, handle: SendHandle, options: object, sent: (error: Error | null) => void): boolean;
  on(event: 'message', listener: (message: unknown, handle: SendHandle) => void): unknown;
  once(event: 'disconnect', listener: () => void): unknown;
  disconnect?(): void;
}

/** The channel to a child, or to our parent. */
export function channelOf(end: ChannelEnd): HandOverChannel {
  const closed = Promise.withResolvers<void>();
  end.once('disconnect', () => closed.resolve());
  if (!end.connected) closed.resolve();
  return {
    send: (message, handle) =>
      new Promise((sent) => {
        // Whether the other end lives is told by `closed`, and by it alone.
        if (!end.connected || end.send === undefined) sent();
        else end.send(message, handle, {}, () => sent());
      }),
    listen: (listener) => void end.on('message', listener),
    closed: closed.promise,
    close() {
      if (end.connected) end.disconnect?.();
    },
  };
}
