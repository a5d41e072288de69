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

/** A dial under way. `cancel` destroys it at once; the time-out of a try is the caller's, by `cancel`. */
export interface Dial {
  cancel(): void;
}

export interface Transport {
  readonly name: 'direct' | 'apiserver';
  dialTcp(endpoint: Endpoint, handlers: DialHandlers): Dial;
}
