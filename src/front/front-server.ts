/**
 * The front: SOCKS5 and HTTP CONNECT at one port. What a client is handed over to is for others to say.
 */

import { createServer, type ListenOptions, type Server, type ServerOpts, type Socket } from 'node:net';
import { errnoOf, SvclaneError } from '../errors.ts';
import { formatHostPort } from '../model/address.ts';
import type { Binding } from '../model/capture.ts';
import { listenHint } from '../model/listen-hint.ts';
import { autoConfigScript, type FrontNames } from './auto-config.ts';
import { FrontClient, type FrontContext } from './front-client.ts';

/** Clients that have not said yet where to. One more is hung up on. */
export const MAX_HANDSHAKES = 256;

/** What flows want of a client's socket. */
const SERVER_OPTIONS: ServerOpts = {
  pauseOnConnect: true,
  allowHalfOpen: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 60_000,
};

/** What a front is made of. */
export interface FrontServerOptions extends Omit<FrontContext, 'autoConfig'> {
  /** Port 0 = any that is free. */
  readonly listen: Binding;
  /** What browsers are told to use the front for. */
  readonly names: () => FrontNames;
}

/** The front. `close` is idempotent; clients that were handed over are not touched by it. */
export interface FrontServer extends AsyncDisposable {
  /** Binds the socket; resolves with where. Throws `SVL_LISTEN`. */
  open(): Promise<Binding>;
  close(): Promise<void>;
}

/** Creates a front; nothing is bound before `open`. */
export function createFrontServer(options: FrontServerOptions): FrontServer {
  const { listen, names } = options;
  const handshakes = new Set<Socket>();
  const context: FrontContext = { ...options, autoConfig: () => autoConfigScript(names(), bound) };
  let bound = listen;
  let server: Server | undefined;

  function accept(socket: Socket): void {
    if (handshakes.size >= MAX_HANDSHAKES) {
      socket.resetAndDestroy();
      return;
    }
    handshakes.add(socket);
    new FrontClient(context, socket, () => handshakes.delete(socket)).serve();
  }

  async function open(): Promise<Binding> {
    server = createServer(SERVER_OPTIONS, accept);
    bound = await listening(server, listen);
    // Out of descriptors: who comes next is served again when there are some.
    server.on('error', () => {});
    return bound;
  }

  async function close(): Promise<void> {
    const closing = server;
    server = undefined;
    for (const socket of handshakes) socket.destroy();
    // Clients that were handed over would keep it from being closed: it accepts nobody from here on all the same.
    closing?.close();
  }

  return { open, close, [Symbol.asyncDispose]: close };
}

function listening(server: Server, { address, port }: Binding): Promise<Binding> {
  const options: ListenOptions = { host: address, port, exclusive: true };
  if (address.includes(':')) options.ipv6Only = true;
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError({ address, port }, error)));
    server.listen(options, () => {
      server.removeAllListeners('error');
      const found = server.address();
      resolve({ address, port: found !== null && typeof found === 'object' ? found.port : port });
    });
  });
}

function listenError({ address, port }: Binding, cause: unknown): SvclaneError {
  const errno = errnoOf(cause) ?? 'EIO';
  const message = `cannot listen on ${formatHostPort(address, port)} for SOCKS and HTTP CONNECT: ${errno}`;
  const hint = listenHint(errno, address);
  const facts = { address, port, errno };
  return new SvclaneError('SVL_LISTEN', message, { cause, facts, ...(hint !== undefined && { hint }) });
}
