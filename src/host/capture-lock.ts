/**
 * One capturing svclane per network namespace.
 *
 * The lock is an abstract unix socket: it belongs to the network namespace as the rules do, needs no file, and the
 * kernel lets go of it however its process ends. Whoever connects is told the holder's process id.
 */

import { connect, createServer, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { errnoOf, SvclaneError } from '../errors.ts';

const LOCK_PATH = '\0svclane-capture';
const ASK_TIMEOUT_MS = 1_000;

/** The held lock. It does not keep the process alive. */
export interface CaptureLock {
  /** Lets go of it. Idempotent. */
  release(): Promise<void>;
}

/** Takes the lock. Throws `SVL_CAPTURE` where another process of this network namespace has it. */
export async function takeCaptureLock(): Promise<CaptureLock> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    // Destroyed once it is told, such that nobody who stays connected keeps us from letting go.
    socket.end(String(process.pid), () => socket.destroy());
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen({ path: LOCK_PATH }, resolve);
  try {
    await promise;
  } catch (cause) {
    throw await lockError(cause);
  }
  server.unref();
  return { release: () => closeServer(server) };
}

async function lockError(cause: unknown): Promise<SvclaneError> {
  if (errnoOf(cause) !== 'EADDRINUSE')
    return new SvclaneError('SVL_CAPTURE', 'the capture lock cannot be taken', { cause });
  const pid = await holder();
  const who = pid === undefined ? 'another svclane' : `another svclane (pid ${pid})`;
  return new SvclaneError('SVL_CAPTURE', `${who} captures Service addresses in this network namespace`, {
    hint: 'stop it first, or set host.capture to none',
    facts: pid === undefined ? {} : { pid },
    cause,
  });
}

async function holder(): Promise<number | undefined> {
  const socket = connect({ path: LOCK_PATH });
  socket.setTimeout(ASK_TIMEOUT_MS, () => socket.destroy(new Error('no answer')));
  const pid = Number(await text(socket).catch(() => ''));
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
