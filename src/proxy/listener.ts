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
  /** Clients that came to its sockets so far; of UDP none are counted. */
  readonly accepted: number;
  /** Opens further sockets at its address, where it has one and may. */
  widen(): void;
  /** Clients that wait for an endpoint. */
  readonly held: number;
  /** Whether a successor has the socket too. */
  readonly isTaken: boolean;
  /**
   * The successor serves: closes our copy of the socket, or the socket itself where it was not taken. Flows go on; replies of
   * UDP flows leave by `carry`.
   */
  handOver(carry: CarryReply): void;
  /** Sends a reply for a predecessor that has no socket any more. Nothing happens where there is none here either. */
  reply(datagram: Buffer, port: number, address: string): void;
}

/** Has a UDP reply sent by the process that has the frontend's socket. */
export type CarryReply = (frontendKey: string, datagram: Buffer, port: number, address: string) => void;
