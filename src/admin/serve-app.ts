/**
 * Joins a fastify app with a TCP socket that is bound until it succeeds.
 */

import type { AddressInfo } from 'node:net';
import { parseHostPort } from '../config/host-port.ts';
import { SvclaneError } from '../errors.ts';
import type { Clock } from '../lib/clock.ts';
import type { SocketExchange } from '../lib/socket-exchange.ts';
import type { HttpApp } from './http-app.ts';
import { HttpListener } from './http-listener.ts';

/** An HTTP server with a life. `close` is idempotent, ends every connection, and never hangs. */
export interface AdminServer {
  /** `undefined` while not bound, and for a Unix socket. */
  readonly address: AddressInfo | undefined;
  /** Resolves after the first try to bind. */
  start(): Promise<void>;
  close(): Promise<void>;
  /** A successor serves: stops listening at once; what is being answered may end. */
  release(): Promise<void>;
  /** A successor has failed: puts back what it may have taken. */
  restore(): Promise<void>;
}

/** What every server is made with. `sockets`: where they come from and go to; by default no other process. */
export interface ServerContext {
  readonly clock: Clock;
  readonly sockets?: SocketExchange;
}

/** Serves `app` at `address:port`. A malformed address throws `SVL_LISTEN`; a bind that fails is published and retried. */
export function serveApp(
  app: HttpApp,
  server: 'health' | 'metrics',
  bindAddress: string,
  { clock, sockets }: ServerContext,
): AdminServer {
  const target = parseHostPort(bindAddress);
  if (!target) throw new SvclaneError('SVL_LISTEN', `"${bindAddress}" is no address with a port`);
  const listener = new HttpListener({
    server,
    clock,
    target,
    sockets,
    handler: (request, reply) => app.routing(request, reply),
  });
  return {
    get address() {
      return listener.address;
    },
    async start() {
      await app.ready();
      await listener.start();
    },
    restore: () => listener.restore(),
    async release() {
      await listener.release();
      await app.close();
    },
    async close() {
      await listener.close();
      await app.close();
    },
  };
}
