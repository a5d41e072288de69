/**
 * Direct transport: a backend is reached at its pod IP, as a pod or a node reaches it.
 */

import { connect, type Socket } from 'node:net';
import type { Endpoint } from '../model/endpoint.ts';
import type { Dial, DialHandlers, Transport } from '../model/transport.ts';

/**
 * Makes the transport that connects to `endpoint.address:port`. The streams are `net.Socket`s, paused, with `noDelay`;
 * keep-alive is for who keeps them. A failure is the system's error with its errno.
 */
export function createDirectTransport(): Transport {
  return { name: 'direct', dialTcp };
}

function dialTcp(endpoint: Endpoint, handlers: DialHandlers): Dial {
  const socket = connect({
    host: endpoint.address,
    port: endpoint.port,
    allowHalfOpen: true,
    autoSelectFamily: false,
    noDelay: true,
  });
  // Nothing is read before the receiver asks: what the backend sends first waits in the kernel.
  socket.pause();
  return new DirectDial(socket, handlers);
}

class DirectDial implements Dial {
  readonly #socket: Socket;
  #handlers: DialHandlers | undefined;

  constructor(socket: Socket, handlers: DialHandlers) {
    this.#socket = socket;
    this.#handlers = handlers;
    socket.once('connect', () => this.#settle()?.connected(socket));
    // Stays for the life of the socket: an error after a cancel has nobody else to go to.
    socket.on('error', (error) => this.#settle()?.failed(error));
  }

  cancel(): void {
    if (this.#settle() !== undefined) this.#socket.destroy();
  }

  #settle(): DialHandlers | undefined {
    const handlers = this.#handlers;
    this.#handlers = undefined;
    return handlers;
  }
}
