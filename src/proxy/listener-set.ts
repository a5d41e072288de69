/**
 * The contract of the listener set: the data plane's side of the routing table. It has one listener for each frontend.
 */

import type { Socket } from 'node:net';
import type { Interventions } from '../balancing/interventions.ts';
import type { Picker } from '../balancing/picker.ts';
import type { ServiceOverride } from '../config/config.ts';
import type { Clock } from '../lib/clock.ts';
import type { SocketExchange } from '../lib/socket-exchange.ts';
import type { Capture } from '../model/capture.ts';
import type { Ejection } from '../model/ejection.ts';
import type { Flow } from '../model/flow.ts';
import type { Adoption, FrontTarget } from '../model/front.ts';
import type { RoutingTable, TableDiff } from '../model/route.ts';
import type { SoftState, UdpFlowRow } from '../model/soft-state.ts';
import type { Transport } from '../model/transport.ts';
import type { ClientClass } from '../routing/client-class.ts';
import type { Companions } from './companions.ts';
import type { ListenerState } from './frontend-entry.ts';
import type { CarryReply } from './listener.ts';
import type { ProxySettings } from './proxy-context.ts';

/** What a listener set is made of. It owns none of these. */
export interface ListenerSetOptions {
  readonly capture: Capture;
  readonly transport: Transport;
  readonly picker: Picker;
  readonly classify: (address: string) => ClientClass;
  readonly clock: Clock;
  readonly settings: ProxySettings;
  /** What differs for some Services; the first that matches counts. */
  readonly services?: readonly ServiceOverride[];
  /** Overrides and faults, which others set and end; by default there are never any. */
  readonly interventions?: Interventions;
  /** How sockets are read: `auto` = fast where this Node can, which a self-test finds out; `plain` = public API only. */
  readonly reads?: 'auto' | 'plain';
  /** The process's limit of file descriptors; by default what the system says. */
  readonly descriptorLimit?: number;
  /** Where sockets come from and go to; by default no other process. */
  readonly sockets?: SocketExchange;
  /** Other workers of this process; by default there are none. */
  readonly companions?: Companions;
}

/** One listener as others see it. `boundAddress` "" and `boundPort` 0 = there is no socket. */
export interface ListenerStatus {
  readonly frontendKey: string;
  readonly state: ListenerState;
  readonly boundAddress: string;
  readonly boundPort: number;
  readonly connections: number;
  readonly error?: Error;
}

/** How many there are now. `frontends` = listening + idle + failed. */
export interface ListenerSetCounts {
  readonly frontends: number;
  readonly listening: number;
  readonly idle: number;
  readonly failed: number;
  readonly tcpFlows: number;
  readonly udpFlows: number;
  /** Event loops; absent = one, and there are to be no others. */
  readonly workers?: { readonly serving: number; readonly down: number };
}

/** The set. `close` is its end; whatever is called later does nothing. */
export interface ListenerSet extends AsyncDisposable {
  /**
   * Follows the table. Routing is in force when it returns, sockets when it resolves: those that could be opened are
   * open then, and the others are `failed`. Never rejects for what the system refuses.
   */
  apply(diff: TableDiff, table: RoutingTable): Promise<void>;
  /** The generation of the table that was applied last; 0 = none yet. */
  readonly generation: number;
  readonly failedCount: number;
  readonly counts: ListenerSetCounts;
  /** How sockets are read; `plain` until the first table. */
  readonly reads: 'fast' | 'plain';
  statuses(): Iterable<ListenerStatus>;
  /** The listener of one frontend; `undefined` = the set has none. */
  status(frontendKey: string): ListenerStatus | undefined;
  /** The flows that live, TCP then UDP, each in the order of its last sign of life or its opening. */
  flows(): Iterable<Flow> | Promise<Iterable<Flow>>;
  /**
   * Serves a client that somebody else has accepted, as a flow to a target that has no socket of its own: it follows the
   * table, is held where clients are held, and is told of by `adoption`. The socket is paused, what was read of it too
   * much is back in it (`unshift`), nobody listens to its events, and `allowHalfOpen` is set. It belongs to the flow, until
   * `adoption.refused`. `undefined` = the set is closing: the socket stays the caller's.
   */
  adopt(target: FrontTarget, client: Socket, adoption: Adoption): Flow | undefined;
  /** Ends a live flow, as `killed`; both sides are reset. `false` = no flow has this id. */
  endFlow(id: string): boolean | Promise<boolean>;
  /** For flows that begin from now on. Resolves when the sockets follow: whether clients are held is a setting too. */
  updateSettings(settings: ProxySettings, services?: readonly ServiceOverride[]): Promise<void>;
  /** Endpoints that are left out for failed dials, by ServicePort. */
  ejections(): Iterable<Ejection>;
  /** Endpoints in quarantine: keys, by `ServicePort.key`. */
  quarantined(): Iterable<readonly [servicePortKey: string, endpointKeys: ReadonlySet<string>]>;
  /**
   * Puts an endpoint in quarantine: it gets no new flows, live ones go on. An operator's word: where it was the last one,
   * clients are refused or held as if there were none. It holds over later tables, until `restoreEndpoint` or until the
   * endpoint leaves the table. Routing is in force when it returns, sockets when it resolves; `false` = the table has no
   * such endpoint.
   */
  drainEndpoint(servicePortKey: string, endpointKey: string): Promise<boolean>;
  /** Lifts quarantine and ejection. `false` = the endpoint was in neither. */
  restoreEndpoint(servicePortKey: string, endpointKey: string): Promise<boolean>;
  /**
   * Stops accepting, waits up to `graceMs` (default 0) for the TCP flows to finish, then ends what lives: `drained`, or
   * `destroyed` without grace. UDP flows go on meanwhile, and are not waited for. A later call with `graceMs` 0 cuts the
   * wait short; every call gets the same promise. What capture put into the kernel is left to its owner. `shared`: another
   * process has the sockets too, and goes on with them; UDP flows end at once then, lest we take its datagrams.
   */
  close(options?: { readonly graceMs?: number; readonly shared?: boolean }): Promise<void>;
  /** Clients that are held for want of an endpoint. */
  readonly heldClients: number;
  /** What a successor should know. */
  softState(): SoftState;
  /** What a predecessor knew, and the names of what it lends; taken up with the first table. */
  inherit(state: SoftState, lent?: readonly string[]): void;
  /**
   * Has the sockets of other workers in the exchange too, for a successor to take, as they are now. Resolves with their names; an
   * earlier call's are no longer there.
   */
  lend(): Promise<readonly string[]>;
  /**
   * As `close`, while a successor serves at our sockets: our copies are closed, and UDP flows that live have their replies sent
   * by `carry`. They are waited for a moment, such that an answer under way arrives. Clients that are held wait on: while there
   * are any, tables are to be applied as before, and do nothing but serve them.
   */
  handOver(options: { readonly graceMs: number; readonly carry: CarryReply }): Promise<void>;
  /** Sends a UDP reply for a predecessor, from the frontend's socket. */
  reply(frontendKey: string, datagram: Buffer, port: number, address: string): void;
}

/** A listener set of one event loop: what other workers of its process ask of it besides. */
export interface WorkerListenerSet extends ListenerSet {
  flows(): Iterable<Flow>;
  endFlow(id: string): boolean;
  /** Opens the extra sockets of a frontend that many clients come to. */
  widen(frontendKey: string): void;
  /** The live UDP flows of these frontends. */
  udpRows(frontendKeys: ReadonlySet<string>): readonly UdpFlowRow[];
  /** Which endpoint UDP clients have at another worker: the next flow of each begins with it. In force when it returns. */
  expectUdp(rows: readonly UdpFlowRow[]): void;
  /**
   * Others serve these frontends alone from here on. Who waits in the sockets' queues is served, then they are closed. Flows go
   * on; replies of UDP flows leave by `carry`.
   */
  withdraw(frontendKeys: readonly string[], carry: CarryReply): Promise<void>;
}
