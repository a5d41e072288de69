/**
 * Fault of a UDP flow: what becomes of the datagrams of one flow that began under a fault.
 *
 *   client ──▶ lost? ──▶ rate ──▶ endpoint
 *   client ◀── rate ◀── latency ◀── endpoint
 *
 * UDP knows neither a reset nor a refusal that we could send: each of `refuse`, `blackhole` and `reset` loses so many of the
 * client's datagrams. When the fault is over, nothing is delayed, limited or lost any more.
 */

import type { Interventions } from '../balancing/interventions.ts';
import type { Timed } from '../balancing/timed-book.ts';
import { type Fault, formatFault } from '../model/fault.ts';
import type { FlowEndCause, ShedReason } from '../model/flow.ts';
import type { Route } from '../model/route.ts';
import { channels } from '../observability/channels.ts';
import { FaultBucket } from './fault-bucket.ts';
import { FaultLine } from './fault-line.ts';
import type { ProxyContext } from './proxy-context.ts';
import type { Assignment } from './select-endpoint.ts';
import { type Peer, UdpFlow, type UdpFlowTarget } from './udp-flow.ts';

/** What one direction of a flow holds at most: a further datagram is lost. */
const MAX_HELD_BYTES = 1024 * 1024;
const LONGEST_DATAGRAM = 65_535;

/** The flow of a client that begins, under a fault where there is one. */
export function createUdpFlow(
  context: ProxyContext,
  target: UdpFlowTarget,
  peer: Peer,
  assignment: Assignment,
): UdpFlow {
  const { interventions } = context;
  const timed = interventions?.faults.of(target.route.servicePort);
  if (!interventions || !timed) return new UdpFlow(context, target, peer, assignment);
  return new FaultyUdpFlow(context, new FaultyTarget(context, target, timed, interventions), peer, assignment);
}

class FaultyUdpFlow extends UdpFlow {
  readonly #spoiled: FaultyTarget;

  constructor(context: ProxyContext, target: FaultyTarget, peer: Peer, assignment: Assignment) {
    super(context, target, peer, assignment, target.text);
    this.#spoiled = target;
  }

  /** One that is lost, or on its way, counts as sent. */
  override forward(datagram: Buffer): boolean {
    if (this.end !== undefined) return false;
    return this.#spoiled.forward(datagram, (whole) => super.forward(whole));
  }

  override finish(cause: FlowEndCause, errno?: string, reason?: ShedReason): void {
    this.#spoiled.close();
    super.finish(cause, errno, reason);
  }
}

/** The listener of a flow, behind its fault. */
class FaultyTarget implements UdpFlowTarget {
  readonly text: string;
  readonly #timed: Timed<Fault>;
  readonly #interventions: Interventions;
  readonly #target: UdpFlowTarget;
  readonly #lines: FaultLine[] = [];
  readonly #newLine: (delayMs: () => number, deliver: (datagram: Buffer) => void) => FaultLine;
  readonly #unwatch: () => void;
  #toEndpoint: FaultLine | undefined;
  #toClient: FaultLine | undefined;

  constructor({ clock }: ProxyContext, target: UdpFlowTarget, timed: Timed<Fault>, interventions: Interventions) {
    const { bytesPerSecond } = timed.value;
    this.text = formatFault(timed.value);
    this.#target = target;
    this.#timed = timed;
    this.#interventions = interventions;
    this.#newLine = (delayMs, deliver) => {
      const nowMs = clock.monotonic();
      const bucket = bytesPerSecond > 0 ? new FaultBucket(bytesPerSecond, LONGEST_DATAGRAM, nowMs) : undefined;
      const line = new FaultLine({ clock, delayMs, bucket, isStream: false, deliver: whole(deliver) });
      this.#lines.push(line);
      return line;
    };
    this.#unwatch = timed.whenOver(() => {
      for (const line of this.#lines) line.open();
    });
  }

  get route(): Route {
    return this.#target.route;
  }

  get connections(): number {
    return this.#target.connections;
  }

  set connections(count: number) {
    this.#target.connections = count;
  }

  forward(datagram: Buffer, send: (datagram: Buffer) => boolean): boolean {
    if (this.#timed.isOver) return send(datagram);
    if (this.#isLost()) return this.#drop();
    if (this.#timed.value.bytesPerSecond === 0) return send(datagram);
    this.#toEndpoint ??= this.#newLine(() => 0, send);
    return this.#push(this.#toEndpoint, datagram);
  }

  reply(datagram: Buffer, port: number, address: string): void {
    this.#toClient ??= this.#newLine(
      () => this.#interventions.delayMs(this.#timed.value),
      (whole) => this.#target.reply(whole, port, address),
    );
    this.#push(this.#toClient, datagram);
  }

  ended(flow: UdpFlow): void {
    this.#target.ended(flow);
  }

  close(): void {
    this.#unwatch();
    for (const line of this.#lines) line.close();
  }

  #isLost(): boolean {
    const { refusePercent, blackholePercent, resetPercent } = this.#timed.value;
    return [refusePercent, blackholePercent, resetPercent].some((percent) => this.#interventions.draw(percent));
  }

  #push(line: FaultLine, datagram: Buffer): boolean {
    if (line.heldBytes + datagram.length > MAX_HELD_BYTES) return this.#drop();
    line.push(datagram);
    return true;
  }

  #drop(): true {
    const { frontend } = this.#target.route;
    if (channels.datagramDropped.hasSubscribers) channels.datagramDropped.publish({ frontend, reason: 'FAULT' });
    return true;
  }
}

/** Whatever becomes of a datagram, the next one may go. */
function whole(deliver: (datagram: Buffer) => void): (datagram: Buffer) => boolean {
  return (datagram) => {
    deliver(datagram);
    return true;
  };
}
