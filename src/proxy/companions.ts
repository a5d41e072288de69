/**
 * Companions: the other workers of this process, as the listener set of one worker knows them.
 *
 * A worker is one event loop. The first is main: its listener set is whole. The others are helpers, which serve beside it at
 * sockets of their own that share its addresses.
 */

import type { SharedLoad } from './workers/shared-load.ts';

/** Absent = the listener set is alone in its process. */
export interface Companions {
  /** What ids of flows begin with behind their letter: "" on main, `1.` on a helper. */
  readonly idPrefix: string;
  /** Whether main has a socket wherever this one has. */
  readonly isHelper: boolean;
  /** What all of them have open. */
  readonly load: SharedLoad;
  /** How many sockets each may open at an address that many clients come to, beside its first. */
  readonly extraSockets: number;
  /** Many clients come to this frontend: everybody is to open the extra sockets, for the kernel deals by sockets. */
  crowded(frontendKey: string): void;
  /** Resolves when no other has a socket that it is to close; `undefined` = so it is. */
  vacated(): Promise<void> | undefined;
}
