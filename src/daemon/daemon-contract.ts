/**
 * The contract of the daemon: what it is made of, and what can be asked of it.
 */

import type { ReloadOutcome } from '../admin/view.ts';
import type { Config } from '../config/config.ts';
import type { ConfigDiff } from '../config/diff-config.ts';
import type { Clock } from '../lib/clock.ts';
import type { SocketExchange } from '../lib/socket-exchange.ts';
import type { Capture, CaptureType } from '../model/capture.ts';
import type { RoutingTable } from '../model/route.ts';
import type { HandedOn } from '../model/soft-state.ts';
import type { Source, SourceStatus } from '../model/source.ts';
import type { Transport } from '../model/transport.ts';
import type { CarryReply } from '../proxy/listener.ts';
import type { ListenerSetCounts } from '../proxy/listener-set.ts';
import type { History } from '../routing/history.ts';
import type { Inheritance } from './inheritance.ts';
import type { NamesBindings, NamesConfig } from './name-servers.ts';

/** What a daemon is made of beside its configuration. It closes `source` and `capture`. */
export interface DaemonDeps {
  readonly source: Source;
  readonly capture: Capture;
  readonly transport: Transport;
  readonly clock: Clock;
  /** [0, 1). */
  readonly random: () => number;
  readonly version: string;
  /** Something failed that should not: a bug of ours, or a fault of the machine. Serving goes on. */
  readonly onError: (error: unknown) => void;
  /** Where the tables go; by default a new one. Whoever made it keeps it. */
  readonly history?: History;
  /** Reads the configuration again and follows it. Throws `SVL_CONFIG_…`. By default there is nothing to read. */
  readonly reload?: (() => Promise<ReloadOutcome>) | undefined;
  /** Serves Services by name to clients on this machine; absent = not. */
  readonly names?: NamesConfig;
  /** Where listening sockets come from and go to; by default no other process. */
  readonly sockets?: SocketExchange;
  /** Where the daemon takes over from another one. */
  readonly inheritance?: Inheritance;
  /** `start` leaves the own servers to `serve`: lanes are not kept waiting for them. */
  readonly servesLater?: boolean;
}

/** A daemon's life. `start` resolves when the first table is in force; `close` is idempotent. */
export interface Daemon extends AsyncDisposable {
  start(): Promise<void>;
  /** Starts the own servers: admin, health, metrics. Rejects with `SVL_LISTEN`, and `SVL_TOKEN`. Idempotent; `start` does it, unless `servesLater`. */
  serve(): Promise<void>;
  /** Follows what can be followed without a restart; the diff says which keys those are. */
  reload(config: Config): ConfigDiff;
  /** No new flows, then up to `graceMs` for the ones that live, then the end. A later call with 0 cuts the wait short. */
  close(options?: { readonly graceMs?: number }): Promise<void>;
  /** A successor asks: no table is put in force from here on; resolves with what it should know. */
  hold(): Promise<HandedOn>;
  /** The successor has failed: goes on as before. Not called without `hold`. */
  resume(): Promise<void>;
  /** The successor serves: as `close`, but sockets, kernel and files are its own, and it sends the UDP replies that are due. */
  handOver(options: { readonly graceMs: number; readonly carry: CarryReply }): Promise<void>;
  /** Sends a UDP reply for a predecessor. */
  reply: CarryReply;
  /** Resolves when the daemon has ended. */
  readonly closed: Promise<void>;
  table(): RoutingTable;
  counts(): ListenerSetCounts;
  sourceStatus(): SourceStatus;
  readonly captureType: CaptureType;
  /** Where Services are served by name; nothing before `start` has resolved. */
  readonly namesAt: NamesBindings;
  /** How many overrides and faults are in force. */
  interventions(): { readonly overrides: number; readonly faults: number };
  /** Whether the event loop runs and syncs keep up: what the watchdog asks. */
  isAlive(): boolean;
}
