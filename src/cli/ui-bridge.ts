/**
 * A bridge from a port of this machine to the daemon's Unix socket, so that a browser can show the page.
 *
 *   browser ──127.0.0.1:PORT──▶ bridge ──unix socket──▶ daemon
 *
 * The socket is for whoever its mode lets in, a port for everybody on the machine. So the first request has to bring a key
 * that only the person at the command line was told; it counts once, and gives the browser a cookie that all others need.
 */

import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';

const COOKIE = 'svclane-ui';

/** A bridge that listens. `url` has the key. `close` breaks what is under way. */
export interface UiBridge {
  readonly url: string;
  close(): Promise<void>;
}

/** Opens a bridge on 127.0.0.1. `port` 0 = any that is free. Rejects with the system's error. */
export async function openUiBridge(socketPath: string, port: number): Promise<UiBridge> {
  const key = secret();
  const cookie = `${COOKIE}=${secret()}`;
  let unused = true;
  let host = '';
  const server = createServer((incoming, outgoing) => {
    if (incoming.headers.host !== host) refuse(outgoing, 'use the address as it was printed');
    else if (unused && isSame(keyOf(incoming), key)) {
      unused = false;
      outgoing.writeHead(303, { location: '/', 'set-cookie': `${cookie}; HttpOnly; SameSite=Strict; Path=/` }).end();
    } else if (isSame(cookieOf(incoming), cookie)) pass(socketPath, incoming, outgoing);
    else refuse(outgoing, 'run "svclane ui" again: its address is good for one browser, once');
  });
  host = `127.0.0.1:${await listen(server, port)}`;
  return { url: `http://${host}/?key=${key}`, close: () => closeServer(server) };
}

function secret(): string {
  return randomBytes(24).toString('base64url');
}

function keyOf({ url = '' }: IncomingMessage): string {
  return /^\/\?key=([\w-]+)$/.exec(url)?.[1] ?? '';
}

function cookieOf({ headers: { cookie = '' } }: IncomingMessage): string {
  return cookie.split('; ').find((part) => part.startsWith(`${COOKIE}=`)) ?? '';
}

function isSame(given: string, expected: string): boolean {
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}

function refuse(outgoing: ServerResponse, why: string): void {
  outgoing.writeHead(403, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }).end(`${why}\n`);
}

/** As it is, `Host` too: the daemon compares it with `Origin`. Our cookie is nobody else's business. */
function pass(socketPath: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method = 'GET', url = '/', headers } = incoming;
  const { cookie: _, ...rest } = headers;
  const onward = request({ socketPath, method, path: url, headers: rest }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
    answer.once('error', () => outgoing.destroy());
  });
  onward.once('error', () => {
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(502, { 'content-type': 'text/plain' }).end('the daemon does not answer\n');
  });
  outgoing.once('close', () => onward.destroy());
  incoming.pipe(onward);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port }, () => {
      const address = server.address();
      resolve(address !== null && typeof address === 'object' ? address.port : port);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
