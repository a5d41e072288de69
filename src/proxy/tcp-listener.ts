/**
 * TCP listener: accepts the clients of one frontend.
 */

import type { Binding } from '../model/capture.ts';
import type { Route } from '../model/route.ts';
import type { Listener } from './listener.ts';
import { ListeningSockets } from './listening-sockets.ts';
import type { ProxyContext, TcpFlowTarget } from './proxy-context.ts';
import { TcpFlow } from './tcp-flow.ts';
import { WaitingRoom } from './waiting-room.ts';

/** The listener of a TCP frontend. Flows outlive it, but for clients that wait for an endpoint. */
export class TcpListener implements Listener, TcpFlowTarget {
  route: Route;
  connections = 0;
  bound: Binding | undefined;
  readonly #context: ProxyContext;
  readonly #sockets: ListeningSockets;
  /** Made for the first who waits: of ten thousand listeners most never have one. */
  #waiting: WaitingRoom | undefined;

  constructor(context: ProxyContext, route: Route) {
    this.#context = context;
    this.route = route;
    this.#sockets = new ListeningSockets(context, (client) => new TcpFlow(context, this, client).open());
  }

  get waiting(): WaitingRoom {
    this.#waiting ??= new WaitingRoom(this.#context.clock);
    return this.#waiting;
  }

  async open(binding: Binding): Promise<void> {
    if (this.#sockets.isOpen) return;
    this.bound = await this.#sockets.open(binding, this.route.frontend.key);
    await this.#sockets.inheritExtra();
  }

  retarget(route: Route): void {
    this.route = route;
    this.#waiting?.wake();
  }

  release(): void {
    this.#close();
    this.#waiting?.clear();
  }

  get isTaken(): boolean {
    return this.#context.companions?.isHelper === true || this.#sockets.isTaken;
  }

  /** Who waits goes on waiting here, and is woken by later tables. */
  handOver(): void {
    const { bound } = this;
    this.#close();
    if (this.held > 0) this.bound = bound;
  }

  get accepted(): number {
    return this.#sockets.accepted;
  }

  widen(): void {
    void this.#sockets.widen();
  }

  get held(): number {
    return this.#waiting?.size ?? 0;
  }

  reply(): void {}

  remove(): void {
    this.release();
  }

  #close(): void {
    this.#sockets.close();
    this.bound = undefined;
  }
}
