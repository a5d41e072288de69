/**
 * Listener: the bound socket of one frontend, as the listener set sees TCP and UDP alike.
 */

import type { Binding } from '../model/capture.ts';
import type { Route } from '../model/route.ts';
import type { FlowTarget } from './proxy-context.ts';

/** One frontend's socket. It may be opened and released many times. */
export interface Listener extends FlowTarget {
  /** Where it is bound; `undefined` = it is not. */
  readonly bound: Binding | undefined;
  /**
   * Binds and listens; a socket that is still there stays where it is, and takes new flows again. Rejects with the
   * system's error; nothing is left open then.
   */
  open(binding: Binding): Promise<void>;
  /** Follows the table, or that another endpoint may be used. Clients that wait try again. Live TCP flows are not touched; UDP flows whose endpoint no longer serves end. */
  retarget(route: Route): void;
  /** No new flows: TCP closes its listening socket and turns away who waits, UDP its socket as soon as the last flow has ended. */
  release(): void;
  /** The frontend is gone: no new flows, and UDP flows end. TCP flows go on. */
  remove(): void;
}
