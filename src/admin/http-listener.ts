/**
 * The socket of one HTTP server: bound once or until it succeeds, closed without ever hanging.
 *
 *   start ──▶ bound ──────────────▶ close, or release: a successor serves, what is being answered may end
 *     └─ fails ─▶ waits 5 s ─▶ tries again, until bound or closed
 *
 * A TCP socket that a predecessor has is taken over. A Unix socket is bound beside its path and then moved there, so that
 * a successor takes the path without a moment at which nobody answers.
 *
 * Requests are handled elsewhere. What the socket does is published on `channels.httpServerBound` and `…Failed`.
 */

import type { RequestListener, Server } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import { errnoOf } from '../errors.ts';
import type { Clock, Timer } from '../lib/clock.ts';
import { type SocketExchange, socketName } from '../lib/socket-exchange.ts';
import { formatHostPort } from '../model/address.ts';
import { channels, type HttpServerMessage } from '../observability/channels.ts';
import { answerClientErrors } from './client-error.ts';
import { createServer } from './node-http.ts';
import { bindBeside, inodeOf, removeSocket } from './unix-socket.ts';

/** Source: kube-proxy tries its health and metrics addresses again after five seconds. */
export const RETRY_MS = 5_000;

const REQUEST_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 256;
const BACKLOG = 511;
/** What is being answered when a successor serves may take so much longer. Streams of events never end by themselves. */
const RELEASE_MS = 2_000;

export interface HttpListenerOptions {
  readonly server: HttpServerMessage['server'];
  readonly handler: RequestListener;
  /** Port 0 = any free port. `::` is both families, unless `ipv6Only`. */
  readonly target: { readonly address: string; readonly port: number } | { readonly path: string };
  readonly clock: Clock;
  /** Where sockets come from and go to; by default no other process. */
  readonly sockets?: SocketExchange | undefined;
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
  /** Of the Unix socket's file. */
  #inode = 0;
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
    const closed = await this.#stop();
    if (closed === undefined) return;
    this.#server?.closeAllConnections();
    await closed.ended;
    if ('path' in this.#options.target) await removeSocket(this.#options.target.path);
  }

  /** A successor that may have moved its own socket to our path has failed: ours is put there again. */
  async restore(): Promise<void> {
    const { target } = this.#options;
    if (!this.isBound || !('path' in target) || (await inodeOf(target.path)) === this.#inode) return;
    this.#server?.close();
    await this.#listen();
  }

  /** A successor serves: stops listening at once, and ends every connection as soon as it is idle, or after two seconds. */
  async release(): Promise<void> {
    const closed = await this.#stop();
    const late = this.#options.clock.setTimer(() => this.#server?.closeAllConnections(), RELEASE_MS);
    await closed?.ended;
    late.cancel();
  }

  /** `undefined` = it does not listen. In an object, for a promise would be awaited. */
  async #stop(): Promise<{ readonly ended: Promise<void> } | undefined> {
    this.#closed = true;
    this.#retry?.cancel();
    await this.#binding?.catch(() => undefined);
    const server = this.#server;
    if (!server?.listening) return undefined;
    this.#options.sockets?.remove(this.#name, server);
    return { ended: new Promise<void>((resolve) => server.close(() => resolve())) };
  }

  async #listen(): Promise<void> {
    const server = createHttpServer(this.#options.handler);
    const { target } = this.#options;
    if ('path' in target) {
      await bindBeside(target.path, (path) => listening(server, (bound) => server.listen({ path }, bound)));
      this.#inode = await inodeOf(target.path);
    } else {
      await this.#listenOrInherit(server, target);
    }
    this.#server = server;
    server.on('error', (error) => this.#report(error));
    this.#reported = undefined;
    channels.httpServerBound.publish(this.#message());
  }

  async #listenOrInherit(
    server: Server,
    { address, port }: { readonly address: string; readonly port: number },
  ): Promise<void> {
    const { sockets, ipv6Only = false } = this.#options;
    const inherited = sockets?.inherits ? await sockets.take(this.#name) : undefined;
    await listening(server, (bound) =>
      inherited instanceof NetServer
        ? server.listen(inherited, BACKLOG, bound)
        : server.listen({ host: address, port, ipv6Only }, bound),
    );
    sockets?.add(this.#name, server);
  }

  /** Publishes a failure, but not each time the same. */
  #report(error: Error): void {
    const cause = errnoOf(error) ?? error.message;
    if (this.#options.quietErrnos?.includes(cause)) return;
    if (cause === this.#reported) return;
    this.#reported = cause;
    channels.httpServerFailed.publish({ ...this.#message(), error, retryInMs: RETRY_MS });
  }

  get #name(): string {
    const { target, server, service = '' } = this.#options;
    return 'port' in target ? socketName('TCP', target, `${server} ${service}`) : '';
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
  answerClientErrors(server);
  return server;
}

function listening(server: Server, listen: (bound: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    listen(() => {
      server.off('error', reject);
      resolve();
    });
  });
}
