/**
 * UDP flow: one client's datagrams, and the connected socket that carries them to one backend until it is idle.
 *
 * The socket is connected, so that the kernel picks the route once and reports an ICMP refusal. Replies leave through
 * the listener's socket: the client sees the address that it asked.
 */

import type { Socket } from 'node:dgram';
import { errnoOf } from '../errors.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { FlowEnd, FlowEndCause, PickReason, ShedReason } from '../model/flow.ts';
import type { Route } from '../model/route.ts';
import { isDescriptorError } from './accept-gate.ts';
import { canonicalClient } from './client-address.ts';
import { createDatagramSocket, enlargeReceiveBuffer, hasSendRoom } from './datagram-socket.ts';
import type { LiveUdpFlow } from './flow-registry.ts';
import type { FlowTarget, ProxyContext } from './proxy-context.ts';
import type { Assignment } from './select-endpoint.ts';
import type { TableEntry } from './udp-flow-table.ts';

/** A flow moves to the recent end of the registry at most this often. */
const TOUCH_EVERY_MS = 250;

/** What a flow needs of its listener, beside the count. */
export interface UdpFlowTarget extends FlowTarget {
  reply(datagram: Buffer, port: number, address: string): void;
  ended(flow: UdpFlow): void;
}

/** One UDP flow. It owns its socket. */
export class UdpFlow implements LiveUdpFlow, TableEntry<UdpFlow> {
  readonly id: string;
  readonly protocol = 'UDP';
  readonly route: Route;
  readonly clientAddress: string;
  readonly clientPort: number;
  readonly openedAtMs: number;
  readonly endpoint: Endpoint;
  readonly why: PickReason;
  readonly failedTries = [];
  readonly override: string | undefined;
  readonly fault: string | undefined;
  /** As the socket gives it, with a scope where it has one. */
  readonly peerAddress: string;
  bytesIn = 0;
  bytesOut = 0;
  datagramsIn = 0;
  datagramsOut = 0;
  end: FlowEnd | undefined;
  lastActiveMs: number;

  readonly #context: ProxyContext;
  readonly #target: UdpFlowTarget;
  readonly #assignment: Assignment;
  readonly #socket: Socket;
  readonly #servicePortKey: string;
  #next: UdpFlow | undefined;
  #touchedMs: number;
  #isConnected = false;
  #hasAnswered = false;

  /** `fault`: what is done to it, for people. */
  constructor(context: ProxyContext, target: UdpFlowTarget, peer: Peer, assignment: Assignment, fault?: string) {
    this.#context = context;
    this.#target = target;
    this.#assignment = assignment;
    this.id = context.flows.nextId('u');
    this.route = target.route;
    this.#servicePortKey = target.route.servicePort.key;
    this.peerAddress = peer.address;
    this.clientAddress = canonicalClient(peer.address);
    this.clientPort = peer.port;
    this.openedAtMs = context.clock.now();
    this.endpoint = assignment.endpoint;
    this.why = assignment.why;
    this.override = assignment.override;
    this.fault = fault;
    this.lastActiveMs = context.clock.monotonic();
    this.#touchedMs = this.lastActiveMs;
    this.#socket = createDatagramSocket(assignment.endpoint.address);
  }

  get next(): UdpFlow | undefined {
    return this.#next;
  }

  set next(flow: UdpFlow | undefined) {
    this.#next = flow;
  }

  /** Connects; when it returns, the flow either can send or has ended. */
  open(): void {
    this.#target.connections += 1;
    this.#context.flows.opened(this);
    this.#socket.on('error', (error) => this.#broken(error));
    this.#socket.on('message', (datagram) => {
      if (!this.#hasAnswered) this.#answered();
      this.bytesOut += datagram.length;
      this.datagramsOut += 1;
      this.#active();
      this.#target.reply(datagram, this.clientPort, this.peerAddress);
    });
    this.#socket.connect(this.endpoint.port, this.endpoint.address);
    if (this.end !== undefined) return;
    this.#isConnected = isConnected(this.#socket);
    enlargeReceiveBuffer(this.#socket);
  }

  /** Sends one datagram of the client; `false` = it was dropped: the flow has ended, is about to, or too much waits. */
  forward(datagram: Buffer): boolean {
    if (this.end !== undefined || !this.#isConnected || !hasSendRoom(this.#socket)) return false;
    this.bytesIn += datagram.length;
    this.datagramsIn += 1;
    this.#active();
    this.#socket.send(datagram);
    return true;
  }

  finish(cause: FlowEndCause, errno?: string, reason?: ShedReason): void {
    if (this.end !== undefined) return;
    this.end = { cause, ...(errno !== undefined && { errno }), ...(reason !== undefined && { reason }) };
    this.#assignment.release();
    this.#socket.close();
    this.#target.connections -= 1;
    this.#target.ended(this);
    this.#context.flows.ended(this);
  }

  #broken(error: Error): void {
    const errno = errnoOf(error);
    if (isDescriptorError(error)) {
      this.#context.gate.shut(errno ?? '');
      this.finish('shed', errno, 'descriptors');
    } else {
      this.#context.ejections.failed(this.#servicePortKey, this.endpoint.key, errno ?? 'EIO');
      this.finish('endpoint-reset', errno);
    }
  }

  /** What a dial that succeeds is for TCP. */
  #answered(): void {
    this.#hasAnswered = true;
    this.#context.ejections.succeeded(this.#servicePortKey, this.endpoint.key);
  }

  #active(): void {
    const nowMs = this.#context.clock.monotonic();
    this.lastActiveMs = nowMs;
    if (nowMs - this.#touchedMs < TOUCH_EVERY_MS) return;
    this.#touchedMs = nowMs;
    this.#context.flows.touched(this);
  }
}

/** Where a datagram came from. */
export interface Peer {
  readonly address: string;
  readonly port: number;
}

/** A connect that failed reports that with the next turn of the loop; until then sending would throw. */
function isConnected(socket: Socket): boolean {
  try {
    return socket.remoteAddress().port > 0;
  } catch {
    return false;
  }
}
