/**
 * Handed sockets: those that main gives a helper, and those that the helper lends in its turn.
 */

import { closeSync } from 'node:fs';
import { Server } from 'node:net';
import { type SocketDescriptor, SocketExchange, socketName } from '../../lib/socket-exchange.ts';
import { listeningDescriptor } from '../tcp-fast-socket.ts';
import type { LentSocket, SharedRoute } from './worker-messages.ts';

/** Of one helper. */
export class HandedSockets {
  /** Where the helper's listeners find them. */
  readonly exchange = new SocketExchange();
  readonly #handed = new Map<string, number>();

  /** Who listens next finds what these routes bring. */
  hand(routes: readonly SharedRoute[]): void {
    for (const { frontend, binding, sockets = [] } of routes) {
      const name = socketName('TCP', binding, frontend.key);
      for (const [index, descriptor] of sockets.entries()) {
        this.#handed.set(index === 0 ? name : `${name} +${index}`, descriptor);
      }
    }
    if (this.#handed.size > 0) this.exchange.inheritFrom(async (name) => this.#take(name));
  }

  /** All who were to listen do, or could not: what nobody took is closed. */
  closeRest(): void {
    this.exchange.endInheritance();
    for (const descriptor of this.#handed.values()) closeSync(descriptor);
    this.#handed.clear();
  }

  /** The sockets that are open. */
  list(): readonly LentSocket[] {
    const sockets: LentSocket[] = [];
    for (const [name, socket] of this.exchange.entries()) {
      const descriptor = socket instanceof Server ? listeningDescriptor(socket) : -1;
      if (descriptor >= 0) sockets.push([name, descriptor]);
    }
    return sockets;
  }

  /** A successor has these too. */
  taken(names: readonly string[]): void {
    for (const name of names) this.exchange.give(name);
  }

  #take(name: string): SocketDescriptor | undefined {
    const descriptor = this.#handed.get(name);
    this.#handed.delete(name);
    return descriptor === undefined ? undefined : { descriptor };
  }
}
