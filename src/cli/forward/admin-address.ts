/**
 * Where the admin API of a forward listens: the usual socket for the first one, so that other commands find it, and a free
 * port for those that run beside it.
 */

import { connect, createServer } from 'node:net';

const FIRST_PORT = 10_290;
const PORTS = 20;

/** The address to use where `wanted` is the usual one; it is probed, not bound. "" stays: the API is off. */
export async function chooseAdminAddress(wanted: string): Promise<string> {
  const path = /^unix:(.+)$/.exec(wanted)?.[1];
  if (path !== undefined && !(await answers(path))) return wanted;
  if (path === undefined && wanted !== '') return wanted;
  if (wanted === '') return '';
  for (let port = FIRST_PORT; port < FIRST_PORT + PORTS; port++) {
    if (await isFree(port)) return `http://127.0.0.1:${port}`;
  }
  return 'http://127.0.0.1:0';
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const settle = (value: boolean): void => {
      socket.destroy();
      resolve(value);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
