/**
 * DNS clients over TCP. Each is answered in turn, one question after the other; one that is slow is hung up on.
 */

import { createServer, type Server, type Socket } from 'node:net';
import type { Clock, Timer } from '../lib/clock.ts';
import type { DnsResponder } from './dns-responder.ts';
import { createMessageReader, framed } from './dns-stream.ts';

/** From a client's connection or its last reply to its next whole question, and from the reply to its delivery. */
export const CLIENT_TIMEOUT_MS = 10_000;
const MAX_CLIENTS = 64;
/** No question is longer; two in a row fill what is held of a client. */
const MAX_HELD_BYTES = 8192;

/** Makes the server; the caller listens with it and closes it. `clients` are those that are connected. */
export function createDnsTcpServer(respond: DnsResponder, clock: Clock, clients: Set<Socket>): Server {
  const server = createServer({ noDelay: true }, (socket) => {
    clients.add(socket);
    socket.once('close', () => clients.delete(socket));
    new DnsTcpClient(socket, respond, clock).serve();
  });
  server.maxConnections = MAX_CLIENTS;
  return server;
}

class DnsTcpClient {
  readonly #socket: Socket;
  readonly #respond: DnsResponder;
  readonly #clock: Clock;
  readonly #read = createMessageReader();
  #heldBytes = 0;
  #timer: Timer | undefined;

  constructor(socket: Socket, respond: DnsResponder, clock: Clock) {
    this.#socket = socket;
    this.#respond = respond;
    this.#clock = clock;
  }

  serve(): void {
    const socket = this.#socket;
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#timer?.cancel());
    socket.on('data', (chunk) => this.#take(chunk));
    this.#expect();
  }

  /** The time does not begin anew with each byte: only a whole question, or a delivered reply, ends it. */
  #expect(): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.setTimer(() => this.#socket.destroy(), CLIENT_TIMEOUT_MS);
  }

  #take(chunk: Buffer): void {
    const messages = this.#read(chunk);
    this.#heldBytes = messages.length > 0 ? 0 : this.#heldBytes + chunk.length;
    if (this.#heldBytes > MAX_HELD_BYTES) {
      this.#socket.destroy();
    } else if (messages.length > 0) {
      this.#socket.pause();
      this.#expect();
      this.#answer(messages).then(
        () => this.#socket.resume(),
        () => this.#socket.destroy(),
      );
    }
  }

  async #answer(messages: readonly Buffer[]): Promise<void> {
    for (const message of messages) {
      const reply = await this.#respond(message, true);
      if (this.#socket.destroyed) return;
      if (reply === undefined) throw new Error('not a question');
      await new Promise<void>((resolve, reject) => {
        this.#socket.write(framed(reply), (error) => (error ? reject(error) : resolve()));
      });
      this.#expect();
    }
  }
}
