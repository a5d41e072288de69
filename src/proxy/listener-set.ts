/**
 * The contract of the listener set: the data plane's side of the routing table. It has one listener for each frontend.
 */

import type { Picker } from '../balancing/picker.ts';
import type { ServiceOverride } from '../config/config.ts';
import type { Clock } from '../lib/clock.ts';
import type { Capture } from '../model/capture.ts';
import type { Ejection } from '../model/ejection.ts';
import type { Flow } from '../model/flow.ts';
import type { RoutingTable, TableDiff } from '../model/route.ts';
import type { Transport } from '../model/transport.ts';
import type { ClientClass } from '../routing/client-class.ts';
import type { ListenerState } from './frontend-entry.ts';
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
  /** How sockets are read: `auto` = fast where this Node can, which a self-test finds out; `plain` = public API only. */
  readonly reads?: 'auto' | 'plain';
  /** The process's limit of file descriptors; by default what the system says. */
  readonly descriptorLimit?: number;
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
   * wait short; every call gets the same promise. What capture put into the kernel is left to its owner.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}
