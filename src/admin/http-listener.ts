/**
 * The socket of one HTTP server: bound once or until it succeeds, closed without ever hanging.
 *
 *   start ──▶ bound ──────────────▶ close
 *     └─ fails ─▶ waits 5 s ─▶ tries again, until bound or closed
 *
 * Requests are handled elsewhere. What the socket does is published on `channels.httpServerBound` and `…Failed`.
 */

import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errnoOf } from '../errors.ts';
import type { Clock, Timer } from '../lib/clock.ts';
import { formatHostPort } from '../model/address.ts';
import { channels, type HttpServerMessage } from '../observability/channels.ts';

/** Source: kube-proxy tries its health and metrics addresses again after five seconds. */
export const RETRY_MS = 5_000;

const REQUEST_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 256;

export interface HttpListenerOptions {
  readonly server: HttpServerMessage['server'];
  readonly handler: RequestListener;
  /** Port 0 = any free port. `::` is both families, unless `ipv6Only`. */
  readonly target: { readonly address: string; readonly port: number } | { readonly path: string };
  readonly clock: Clock;
  readonly ipv6Only?: boolean;
  /** For what is published; "" by default. */
  readonly service?: string;
  /** Errors of the system that are retried like others, but not published. */
  readonly quietErrnos?: readonly string[];
}

/** One socket. `start` and `close` are idempotent; the one who creates it closes it. */
export class HttpListener {
  readonly #options: HttpListenerOptions;
  #server: Server | undefined;
  #binding: Promise<void> | undefined;
  #retry: Timer | undefined;
  #reported: string | undefined;
  #closed = false;

  constructor(options: HttpListenerOptions) {
    this.#options = options;
  }

  /** The bound address; `undefined` while not bound, and for a Unix socket. */
  get address(): AddressInfo | undefined {
    const address = this.#server?.address();
    return typeof address === 'object' && address !== null ? address : undefined;
  }

  get isBound(): boolean {
    return this.#server?.listening === true;
  }

  /** Binds; resolves after the first try. A failure is published and tried again until `close`. Bound already = nothing. */
  async start(): Promise<void> {
    this.#retry?.cancel();
    try {
      await this.bind();
    } catch (error) {
      if (this.#closed) return;
      this.#report(error instanceof Error ? error : new Error(String(error)));
      this.#retry?.cancel();
      this.#retry = this.#options.clock.setTimer(() => void this.start(), RETRY_MS);
    }
  }

  /** Binds once, and throws the system's error where that fails. Concurrent calls share one try. */
  async bind(): Promise<void> {
    if (this.#closed || this.isBound) return;
    this.#binding ??= this.#listen();
    try {
      await this.#binding;
    } finally {
      this.#binding = undefined;
    }
  }

  /** Stops listening at once and ends every connection, idle or not. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#retry?.cancel();
    await this.#binding?.catch(() => undefined);
    const server = this.#server;
    if (!server?.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  async #listen(): Promise<void> {
    const server = createHttpServer(this.#options.handler);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject);
    server.listen({ ...socketOf(this.#options.target), ipv6Only: this.#options.ipv6Only ?? false }, resolve);
    await promise;
    this.#server = server;
    server.off('error', reject);
    server.on('error', (error) => this.#report(error));
    this.#reported = undefined;
    channels.httpServerBound.publish(this.#message());
  }

  /** Publishes a failure, but not each time the same. */
  #report(error: Error): void {
    const cause = errnoOf(error) ?? error.message;
    if (this.#options.quietErrnos?.includes(cause)) return;
    if (cause === this.#reported) return;
    this.#reported = cause;
    channels.httpServerFailed.publish({ ...this.#message(), error, retryInMs: RETRY_MS });
  }

  #message(): HttpServerMessage {
    const { server, service = '', target } = this.#options;
    const bound = this.address ?? target;
    return { server, service, address: 'path' in bound ? bound.path : formatHostPort(bound.address, bound.port) };
  }
}

function createHttpServer(handler: RequestListener): Server {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS }, handler);
  server.keepAliveTimeout = 5_000;
  server.maxConnections = MAX_CONNECTIONS;
  return server;
}

function socketOf(target: HttpListenerOptions['target']): { host: string; port: number } | { path: string } {
  return 'path' in target ? { path: target.path } : { host: target.address, port: target.port };
}
