/**
 * Socket exchange: the listening sockets of this process by name, so that they can pass from one process to the next.
 *
 *   predecessor                              successor
 *   add(name, socket) … give(name) ─ kernel socket ─▶ take(name), then add(name, its own copy)
 *
 * Who opens a socket asks first whether a predecessor has it. The kernel's socket and what waits in its queue live on as
 * long as one of the two holds it, so that there is no moment at which a client is refused or reset.
 */

import type { SendHandle } from 'node:child_process';
import { formatHostPort } from '../model/address.ts';

/** A socket by its descriptor in this process, which is the taker's from then on. */
export interface SocketDescriptor {
  readonly descriptor: number;
}

/** Asks the predecessor for a socket; `undefined` = it has none of this name. */
export type TakeSocket = (name: string) => Promise<SendHandle | SocketDescriptor | undefined>;

/** The sockets of one process. It owns none of them. */
export class SocketExchange {
  readonly #open = new Map<string, SendHandle>();
  readonly #given = new Set<string>();
  #take: TakeSocket | undefined;

  /** `take`: where there is a predecessor. */
  constructor(take?: TakeSocket) {
    this.#take = take;
  }

  /** Whether a predecessor may still have sockets for us. */
  get inherits(): boolean {
    return this.#take !== undefined;
  }

  /**
   * The predecessor's socket of this name, whose copy is the caller's from here on. It accepts already: attach to it before
   * awaiting anything else.
   */
  async take(name: string): Promise<SendHandle | SocketDescriptor | undefined> {
    return await this.#take?.(name);
  }

  /** There is a predecessor, for some sockets, until `endInheritance`. */
  inheritFrom(take: TakeSocket): void {
    this.#take = take;
  }

  /** All that is to be taken has been taken. */
  endInheritance(): void {
    this.#take = undefined;
  }

  /** The socket is open. A name has one socket. */
  add(name: string, socket: SendHandle): void {
    this.#open.set(name, socket);
  }

  /** The socket is closed, or about to be. Another one that has the name by now stays. */
  remove(name: string, socket: SendHandle): void {
    if (this.#open.get(name) === socket) this.#open.delete(name);
  }

  /** The sockets that are open, by name. */
  entries(): Iterable<readonly [name: string, socket: SendHandle]> {
    return this.#open;
  }

  /** The socket for a successor, which thereby has it too. */
  give(name: string): SendHandle | undefined {
    const socket = this.#open.get(name);
    if (socket !== undefined) this.#given.add(name);
    return socket;
  }

  /** Whether a successor has it too. */
  wasGiven(name: string): boolean {
    return this.#given.has(name);
  }

  /** The successor is gone, and its copies with it. */
  forgetGiven(): void {
    this.#given.clear();
  }
}

/**
 * The name of a socket by where it was asked to bind: part of the hand-over's protocol. A socket at any free port (0) is told
 * from others by its `owner`.
 */
export function socketName(
  protocol: 'TCP' | 'UDP',
  { address, port }: { readonly address: string; readonly port: number },
  owner: string,
): string {
  return `${protocol} ${formatHostPort(address, port)}${port === 0 ? ` ${owner}` : ''}`;
}
