/**
 * The client's side of SOCKS5. The proxy resolves names.
 *
 * Source: RFC 1928, RFC 1929.
 */

import { once } from 'node:events';
import type { Socket } from 'node:net';

const VERSION = 5;
const NO_LOGIN = 0;
const LOGIN = 2;
const CONNECT = 1;
const NAME = 3;
const REPLY_ADDRESS_BYTES: Readonly<Record<number, number>> = { 1: 4, 4: 16 };
const TIMEOUT_MS = 5_000;

/** Asks the proxy at the other end of `socket` to connect; the socket then is that connection. Destroys it on failure. */
export async function connectBySocks(
  socket: Socket,
  target: { readonly host: string; readonly port: number },
  login: { readonly username: string; readonly password: string },
): Promise<Socket> {
  try {
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(proxyError('does not answer')));
    await greet(socket, login);
    const host = Buffer.from(target.host);
    const port = [target.port >> 8, target.port & 0xff];
    socket.write(Buffer.from([VERSION, CONNECT, 0, NAME, host.length, ...host, ...port]));
    const [, reply = 1, , type = 0] = await take(socket, 4);
    if (reply !== 0) throw proxyError(`refused to connect (${reply})`);
    const addressBytes = REPLY_ADDRESS_BYTES[type] ?? (await take(socket, 1)).readUInt8(0);
    await take(socket, addressBytes + 2);
    socket.setTimeout(0);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function greet(socket: Socket, login: { username: string; password: string }): Promise<void> {
  const method = login.username === '' ? NO_LOGIN : LOGIN;
  socket.write(Buffer.from([VERSION, 1, method]));
  const [version, chosen] = await take(socket, 2);
  if (version !== VERSION || chosen !== method) throw proxyError('accepts no way to log in that the kubeconfig has');
  if (method === NO_LOGIN) return;
  const [username, password] = [Buffer.from(login.username), Buffer.from(login.password)];
  socket.write(Buffer.from([1, username.length, ...username, password.length, ...password]));
  const [, status] = await take(socket, 2);
  if (status !== 0) throw proxyError('does not accept the password of proxy-url');
}

/** So many bytes, no more: what follows belongs to the connection. */
async function take(socket: Socket, length: number): Promise<Buffer> {
  for (;;) {
    const bytes: unknown = socket.read(length);
    if (Buffer.isBuffer(bytes) && bytes.length === length) return bytes;
    if (socket.destroyed || socket.readableEnded || bytes !== null) throw proxyError('closed the connection');
    await Promise.race([once(socket, 'readable'), once(socket, 'end')]);
  }
}

function proxyError(what: string): Error {
  return Object.assign(new Error(`the SOCKS proxy ${what}`), { code: 'EPROXY' });
}
