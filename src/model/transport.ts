/**
 * Transport: how a backend is reached.
 */

import type { Duplex } from 'node:stream';
import type { Endpoint } from './endpoint.ts';

/** Exactly one of the two is called, once, never synchronously; neither after `cancel`. */
export interface DialHandlers {
  /** The receiver owns the stream from here on. `allowHalfOpen` is set on it. */
  connected(stream: Duplex): void;
  failed(error: Error): void;
}

/**
 * A stream that may be given bytes ahead of its queue, which has to be empty: bytes that are used again after the call.
 */
export interface TakingStream {
  /** How many of the bytes were taken; 0 = none: they are to be written, in a copy. */
  takeNow(bytes: Uint8Array): number;
  /** Whether it had better be given nothing for a while; then `free` is called once, if the stream lives that long. */
  awaitRoom(free: () => void): boolean;
}

/** Whether a stream is one of these. */
export function takesNow(stream: Duplex): stream is Duplex & TakingStream {
  return 'takeNow' in stream && typeof stream.takeNow === 'function';
}

/** A dial under way. `cancel` destroys it at once; the time-out of a try is the caller's, by `cancel`. */
export interface Dial {
  cancel(): void;
}

export interface Transport {
  readonly name: 'direct' | 'apiserver';
  dialTcp(endpoint: Endpoint, handlers: DialHandlers): Dial;
}
