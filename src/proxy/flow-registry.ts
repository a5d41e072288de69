/**
 * Flow registry: every flow that lives, over all listeners.
 *
 * Each flow is published once when it begins and once when it has ended, also one that is turned away at the door.
 */

import type { Config } from '../config/config.ts';
import type { Clock, Timer } from '../lib/clock.ts';
import { LiveSet } from '../lib/live-set.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { Flow, FlowEndCause, ShedReason } from '../model/flow.ts';
import { channels } from '../observability/channels.ts';
import type { Companions } from './companions.ts';
import { ConnectionTally } from './connection-tally.ts';

/** A flow that can be ended. `finish` is idempotent: the first cause wins. */
interface LiveFlow extends Flow {
  finish(cause: FlowEndCause, errno?: string, reason?: ShedReason): void;
}

/** A TCP flow, which notices by itself when it has been idle. `nowMs` is monotonic. */
export interface LiveTcpFlow extends LiveFlow {
  /** Has both peers asked for signs of life when they are silent; `false` = there is nothing to do. */
  keepAlive(): boolean;
  checkIdle(nowMs: number, idleTimeoutMs: number): void;
}

/** A UDP flow. `lastActiveMs` is monotonic. */
export interface LiveUdpFlow extends LiveFlow {
  readonly lastActiveMs: number;
  readonly endpoint: Endpoint;
  /** As the socket gives it, with a scope where it has one. */
  readonly peerAddress: string;
}

/** The sets and their counts. One per listener set. */
export class FlowRegistry {
  readonly tcp = new LiveSet<LiveTcpFlow>();
  /** Least recently active first, to within the granularity of `UdpFlow`. */
  readonly udp = new LiveSet<LiveUdpFlow>();
  /** Of the TCP flows. */
  readonly tally = new ConnectionTally();
  readonly #companions: Companions | undefined;
  #lastId = 0;
  #onTcpEmpty: (() => void) | undefined;

  constructor(companions?: Companions) {
    this.#companions = companions;
  }

  nextId(prefix: 'c' | 'u'): string {
    this.#lastId += 1;
    return `${prefix}-${this.#companions?.idPrefix ?? ''}${this.#lastId}`;
  }

  *all(): Iterable<Flow> {
    yield* this.tcp;
    yield* this.udp;
  }

  /** The limit that a further TCP flow would break. */
  brokenBy(flow: Flow, limits: Config['defaults']['limits']): ShedReason | undefined {
    const beside = this.#companions?.load.tcpBeside(this.tcp.size + 1) ?? 0;
    if (this.tcp.size + beside >= limits.maxConnections) return 'max-connections';
    return this.tally.brokenBy(flow, limits);
  }

  opened(flow: LiveTcpFlow | LiveUdpFlow): void {
    if (isTcp(flow)) {
      this.tcp.add(flow);
      this.tally.opened(flow);
    } else {
      this.udp.add(flow);
    }
    this.#publishLoad();
    if (channels.flowOpened.hasSubscribers) channels.flowOpened.publish(flow);
  }

  ended(flow: LiveTcpFlow | LiveUdpFlow): void {
    if (isTcp(flow)) {
      this.tcp.delete(flow);
      this.tally.ended(flow);
    } else {
      this.udp.delete(flow);
    }
    this.#publishLoad();
    if (channels.flowEnded.hasSubscribers) channels.flowEnded.publish(flow);
    if (this.tcp.size === 0) this.#onTcpEmpty?.();
  }

  /** Puts a UDP flow at the recent end. */
  touched(flow: LiveUdpFlow): void {
    if (this.udp.delete(flow)) this.udp.add(flow);
  }

  /** Resolves when no TCP flow lives, or after `ms`; `false` = some still do. The time-out is waited for by `clock`. */
  async tcpEmpty(clock: Clock, ms: number, cutShort: Promise<void>): Promise<boolean> {
    if (this.tcp.size === 0 || ms <= 0) return this.tcp.size === 0;
    let timer: Timer | undefined;
    const timedOut = new Promise<void>((resolve) => {
      timer = clock.setTimer(resolve, ms);
    });
    const emptied = new Promise<void>((resolve) => {
      this.#onTcpEmpty = resolve;
    });
    await Promise.race([emptied, timedOut, cutShort]);
    timer?.cancel();
    this.#onTcpEmpty = undefined;
    return this.tcp.size === 0;
  }

  /** Ends one flow. `false` = none has this id. */
  finish(id: string, cause: FlowEndCause): boolean {
    const flow = this.tcp.get(id) ?? this.udp.get(id);
    flow?.finish(cause);
    return flow !== undefined;
  }

  /** UDP flows of the whole process. */
  get udpInAll(): number {
    return this.udp.size + (this.#companions?.load.udpOfOthers ?? 0);
  }

  #publishLoad(): void {
    this.#companions?.load.publishFlows(this.tcp.size, this.udp.size);
  }

  /** Ends every flow. */
  finishAll(cause: FlowEndCause): void {
    for (const flow of [...this.tcp, ...this.udp]) flow.finish(cause);
  }
}

function isTcp(flow: LiveTcpFlow | LiveUdpFlow): flow is LiveTcpFlow {
  return flow.protocol === 'TCP';
}
