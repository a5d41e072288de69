/**
 * Connections of one's own to the API server, through the kubeconfig's proxy where it names one.
 */

import { connect as connectTcp, isIP, Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { TlsOptions } from './connections.ts';
import { connectBySocks } from './socks-client.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_DELAY_MS = 30_000;

/** What a connection is made with. `proxyUrl` "" = none. */
export interface ConnectionTarget {
  readonly server: URL;
  readonly proxyUrl: string;
  readonly tls: TlsOptions;
}

/** Connects, TLS and all, within 5 s; HTTP/1.1 is agreed upon. Rejects with what the system or the proxy said. */
export async function connectToServer({ server, proxyUrl, tls }: ConnectionTarget): Promise<Socket> {
  const isTls = server.protocol === 'https:';
  const host = server.hostname.replace(/^\[|\]$/g, '');
  const port = Number(server.port) || (isTls ? 443 : 80);
  const raw = await connectRaw(proxyUrl, host, port);
  if (!isTls) return raw;
  const servername = tls.servername ?? (isIP(host) === 0 ? host : '');
  const options: ConnectionOptions = { ...tls, socket: raw, ALPNProtocols: ['http/1.1'], host };
  const secure = connectTls(servername === '' ? options : { ...options, servername });
  secure.on('error', () => {});
  return settled(secure, 'secureConnect');
}

async function connectRaw(proxyUrl: string, host: string, port: number): Promise<Socket> {
  if (proxyUrl === '') return dial(host, port);
  const proxy = new URL(proxyUrl);
  if (proxy.protocol.startsWith('socks')) {
    const socket = await dial(proxy.hostname.replace(/^\[|\]$/g, ''), Number(proxy.port) || 1080);
    const credentials = { username: decodeURIComponent(proxy.username), password: decodeURIComponent(proxy.password) };
    return connectBySocks(socket, { host, port }, credentials);
  }
  return connectByHttp(proxy, host, port);
}

function dial(host: string, port: number): Promise<Socket> {
  const socket = connectTcp({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS });
  socket.on('error', () => {});
  return settled(socket, 'connect');
}

async function connectByHttp(proxy: URL, host: string, port: number): Promise<Socket> {
  const { Client } = await import('undici');
  const client = new Client(proxy.origin, { connect: { timeout: CONNECT_TIMEOUT_MS } });
  const login = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  const headers = login === ':' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` };
  const authority = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const { statusCode, socket } = await client.connect({ path: authority, headers: { host: authority, ...headers } });
  if (statusCode === 200 && socket instanceof Socket) return socket;
  socket.destroy();
  void client.destroy();
  throw Object.assign(new Error(`the proxy ${proxy.host} answered ${statusCode} to CONNECT`), { code: 'EPROXY' });
}

/** The socket, once it has connected. */
function settled<S extends Socket>(socket: S, event: 'connect' | 'secureConnect'): Promise<S> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const late = Object.assign(new Error(`no connection within ${CONNECT_TIMEOUT_MS} ms`), { code: 'ETIMEDOUT' });
    const timer = setTimeout(fail, CONNECT_TIMEOUT_MS, late);
    socket.once('error', fail);
    socket.once('close', () => fail(Object.assign(new Error('closed while connecting'), { code: 'ECONNRESET' })));
    socket.once(event, () => {
      clearTimeout(timer);
      socket.off('error', fail);
      socket.removeAllListeners('close');
      resolve(socket);
    });
  });
}
