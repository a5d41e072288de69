/**
 * The healthCheckNodePort servers: one socket for each wanted port and address.
 *
 *   sync ──▶ book (ports, counts) ──▶ wanted sockets ─┬─ not there yet ─▶ open; a failure is published and retried
 *                                                     └─ not wanted ────▶ close
 *
 * node:http and no fastify: the headers are kube-proxy's, letter by letter, for any path and method.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../lib/clock.ts';
import type { SocketExchange } from '../lib/socket-exchange.ts';
import { formatHostPort } from '../model/address.ts';
import { HttpListener } from './http-listener.ts';
import { ServiceHealthBook } from './service-health-book.ts';

/** All of IPv6 on a machine that has none: nothing is missing. */
const NO_IPV6: readonly string[] = ['EAFNOSUPPORT', 'EADDRNOTAVAIL'];

export interface ServiceHealthOptions {
  /**
   * Where to listen, asked at each sync: the addresses that nodePortAddresses selects, or `0.0.0.0` and `::` for all of
   * a family. `::` is IPv6 alone.
   */
  readonly addresses: () => readonly string[];
  /** Whether syncs keep up; asked for each answer. */
  readonly proxyHealthy: () => boolean;
  readonly clock: Clock;
  /** Where sockets come from and go to; by default no other process. */
  readonly sockets?: SocketExchange;
}

/** The servers of all Services. `close` is idempotent and never hangs. */
export interface ServiceHealth {
  /** `namespace/name` → port, and → ready local endpoints: each the whole. Returns when every socket was tried once. */
  sync(services: ReadonlyMap<string, number>, counts: ReadonlyMap<string, number>): Promise<void>;
  /** The sockets that are bound, `0.0.0.0:30001`, sorted. */
  listening(): readonly string[];
  close(): Promise<void>;
  /** A successor serves: as `close`, but what is being answered may end. */
  release(): Promise<void>;
}

/** Creates the servers; nothing listens before the first sync. */
export function createServiceHealth({
  addresses,
  proxyHealthy,
  clock,
  sockets: exchange,
}: ServiceHealthOptions): ServiceHealth {
  const book = new ServiceHealthBook();
  const sockets = new Map<string, HttpListener>();
  let closed = false;

  return {
    async sync(services, counts) {
      if (closed) return;
      book.setServices(services);
      book.setCounts(counts);
      const wanted = wantedSockets(book, addresses());
      const closing = [...sockets].filter(([key]) => !wanted.has(key)).map(([key]) => drop(key));
      const opening = [...wanted].map(([key, socket]) => (sockets.get(key) ?? create(key, socket)).start());
      await Promise.all([...closing, ...opening]);
    },
    listening: () =>
      [...sockets]
        .filter(([, socket]) => socket.isBound)
        .map(([key]) => key)
        .sort(),
    async close() {
      closed = true;
      await Promise.all([...sockets.keys()].map(drop));
    },
    async release() {
      closed = true;
      await Promise.all([...sockets.values()].map((socket) => socket.release()));
    },
  };

  function create(key: string, target: WantedSocket): HttpListener {
    const service = book.serviceAt(target.port) ?? '';
    const handler = (_request: IncomingMessage, reply: ServerResponse): void => answer(target.port, reply);
    const quietErrnos = target.address === '::' ? NO_IPV6 : [];
    const options = { server: 'service-health', service, target, handler, clock, ipv6Only: true, quietErrnos } as const;
    const socket = new HttpListener({ ...options, sockets: exchange });
    sockets.set(key, socket);
    return socket;
  }

  async function drop(key: string): Promise<void> {
    const socket = sockets.get(key);
    sockets.delete(key);
    await socket?.close();
  }

  function answer(port: number, reply: ServerResponse): void {
    const found = book.answer(port, proxyHealthy());
    if (!found) return void reply.writeHead(503).end();
    reply
      .writeHead(found.status, { ...found.headers, 'Content-Length': Buffer.byteLength(found.body) })
      .end(found.body);
  }
}

interface WantedSocket {
  readonly address: string;
  readonly port: number;
}

/** The sockets that the book and the addresses ask for, by `address:port`. */
export function wantedSockets(
  book: ServiceHealthBook,
  addresses: readonly string[],
): ReadonlyMap<string, WantedSocket> {
  const sockets = book.ports.flatMap((port) => addresses.map((address) => ({ address, port })));
  return new Map(sockets.map((socket) => [formatHostPort(socket.address, socket.port), socket]));
}
