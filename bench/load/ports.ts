/**
 * Free ports on 127.0.0.1, below the range that the kernel gives to clients.
 */

import { createServer } from 'node:net';

const FIRST = 15_000;
const LAST = 32_000;
let next = FIRST + (process.pid % 5_000);

/** Gives `count` ports that nobody listens on, each once per process. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const found: number[] = [];
  while (found.length < count) {
    next = next >= LAST ? FIRST : next + 1;
    if (await isFree(next)) found.push(next);
  }
  return found;
}

/** Waits until somebody accepts connections. */
export async function accepting(port: number, what: string): Promise<void> {
  const { connect } = await import('node:net');
  const { setTimeout: delay } = await import('node:timers/promises');
  for (let tries = 0; tries < 400; tries++) {
    const accepted = await new Promise<boolean>((resolve) => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (accepted) return;
    await delay(25);
  }
  throw new Error(`${what} does not accept connections on port ${port}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
