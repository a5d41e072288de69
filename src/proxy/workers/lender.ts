/**
 * Lender: has helpers' listening sockets pass to a successor, which main's exchange alone can do.
 *
 *   helper ── name, descriptor ──▶ main ── a courier for each ──▶ exchange ──▶ successor
 *
 * Helper and successor have the same socket of the kernel then, with one queue: none of its clients is lost when the helper closes it.
 */

import type { SendHandle } from 'node:child_process';
import { Server } from 'node:net';
import type { SocketExchange } from '../../lib/socket-exchange.ts';
import { courierOf } from '../tcp-fast-socket.ts';
import { lentName } from './lent-names.ts';
import type { LentSocket } from './worker-messages.ts';

/** The sockets of one process's helpers. */
export class Lender {
  readonly #sockets: SocketExchange;
  /** By descriptor: a courier does nothing of its own, and serves whoever has the descriptor later. */
  readonly #couriers = new Map<number, SendHandle>();
  readonly #lent = new Map<string, SendHandle>();

  constructor(sockets: SocketExchange) {
    this.#sockets = sockets;
  }

  /** These are there for a successor to take, and none of those from before. Tells their names. */
  lend(helpers: Iterable<readonly [worker: number, sockets: readonly LentSocket[]]>): readonly string[] {
    for (const [name, courier] of this.#lent) this.#sockets.remove(name, courier);
    this.#lent.clear();
    for (const [worker, sockets] of helpers) {
      for (const [name, descriptor] of sockets) this.#add(lentName(name, worker), descriptor);
    }
    return [...this.#lent.keys()];
  }

  /** The helper's own names of what the successor has taken. */
  taken(worker: number, sockets: readonly LentSocket[]): readonly string[] {
    return sockets.map(([name]) => name).filter((name) => this.#sockets.wasGiven(lentName(name, worker)));
  }

  #add(name: string, descriptor: number): void {
    const courier = this.#courier(descriptor);
    if (courier === undefined) return;
    this.#lent.set(name, courier);
    this.#sockets.add(name, courier);
  }

  #courier(descriptor: number): SendHandle | undefined {
    const known = this.#couriers.get(descriptor);
    if (known !== undefined) return known;
    const like = this.#anyServer();
    const courier = like && courierOf(descriptor, like);
    if (courier !== undefined) this.#couriers.set(descriptor, courier);
    return courier;
  }

  /** One of main's: a helper has a socket only where main has one. */
  #anyServer(): Server | undefined {
    for (const [name, socket] of this.#sockets.entries()) {
      if (name.startsWith('TCP ') && socket instanceof Server) return socket;
    }
    return undefined;
  }
}
