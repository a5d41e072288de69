/**
 * One capturing svclane per network namespace.
 *
 * The lock is an abstract unix socket: it belongs to the network namespace as the rules do, needs no file, and the
 * kernel lets go of it however its process ends. Whoever connects is told the holder's process id. Passed on to a
 * successor like any listening socket, it is held all the while.
 */

import { connect, createServer, Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { errnoOf, SvclaneError } from '../errors.ts';
import type { SocketExchange } from '../lib/socket-exchange.ts';

const LOCK_PATH = '\0svclane-capture';
const LOCK_NAME = 'lock capture';
const ASK_TIMEOUT_MS = 1_000;

/** The held lock. It does not keep the process alive. */
export interface CaptureLock {
  /** Lets go of it. Idempotent. */
  release(): Promise<void>;
}

/**
 * Takes the lock, or has it from the predecessor that `sockets` knows. Throws `SVL_CAPTURE` where another process of this
 * network namespace has it.
 */
export async function takeCaptureLock(sockets?: SocketExchange): Promise<CaptureLock> {
  const inherited = sockets?.inherits ? await sockets.take(LOCK_NAME) : undefined;
  const server = inherited instanceof Server ? inherited.on('connection', tellHolder) : await listen();
  server.unref();
  sockets?.add(LOCK_NAME, server);
  return {
    release() {
      sockets?.remove(LOCK_NAME, server);
      return closeServer(server);
    },
  };
}

async function listen(): Promise<Server> {
  const server = createServer(tellHolder);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen({ path: LOCK_PATH }, resolve);
  try {
    await promise;
  } catch (cause) {
    throw await lockError(cause);
  }
  return server;
}

function tellHolder(socket: Socket): void {
  socket.on('error', () => socket.destroy());
  // Destroyed once it is told, such that nobody who stays connected keeps us from letting go.
  socket.end(String(process.pid), () => socket.destroy());
}

async function lockError(cause: unknown): Promise<SvclaneError> {
  if (errnoOf(cause) !== 'EADDRINUSE')
    return new SvclaneError('SVL_CAPTURE', 'the capture lock cannot be taken', { cause });
  const pid = await captureHolder();
  const who = pid === undefined ? 'another svclane' : `another svclane (pid ${pid})`;
  return new SvclaneError('SVL_CAPTURE', `${who} captures Service addresses in this network namespace`, {
    hint: 'stop it first, or set host.capture to none',
    facts: pid === undefined ? {} : { pid },
    cause,
  });
}

/** The process that captures Service addresses in this network namespace; `undefined` = none that answers. */
export async function captureHolder(): Promise<number | undefined> {
  const socket = connect({ path: LOCK_PATH });
  socket.setTimeout(ASK_TIMEOUT_MS, () => socket.destroy(new Error('no answer')));
  const pid = Number(await text(socket).catch(() => ''));
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
