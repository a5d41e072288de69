/**
 * Whether fast sockets work: the start-up test of all undocumented surface of Node that they rely on.
 */

import { connect, createServer, type Server, type Socket } from 'node:net';
import { descriptorOf, readShared, writeNow } from './tcp-fast-socket.ts';

let tested: Promise<boolean> | undefined;

/** Whether this Node offers what the fast path needs, tried once per process on loopback. Never rejects. */
export function fastSocketsWork(): Promise<boolean> {
  tested ??= selfTest().catch(() => false);
  return tested;
}

/** Sends 100,000 bytes through an accepted and a connected socket, both fast, with changing buffers, stops, and a FIN. */
async function selfTest(): Promise<boolean> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
  try {
    return await Promise.race([exchange(server), giveUp()]);
  } finally {
    server.close();
  }
}

async function exchange(server: Server): Promise<boolean> {
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') return false;
  const client = connect({ port: address.port, host: '127.0.0.1', allowHalfOpen: true }).pause();
  const served = await accepted;
  for (const socket of [client, served]) socket.on('error', () => {});
  try {
    if (client.connecting) await new Promise((resolve) => client.once('connect', resolve));
    return (await carries(client, served)) && (await carries(served, client));
  } finally {
    client.destroy();
    served.destroy();
  }
}

/** Whether 100,000 bytes and a FIN arrive as they were sent. */
async function carries(from: Socket, to: Socket): Promise<boolean> {
  const sent = Buffer.alloc(100_000, Buffer.from(Array.from({ length: 251 }, (_, i) => i)));
  const received: Buffer[] = [];
  const buffers = [Buffer.alloc(1000), Buffer.alloc(30_000)];
  const reads = readShared(to, {
    window: () => buffers[received.length % 2] ?? Buffer.alloc(1000),
    read: (window, length) => {
      setImmediate(() => reads?.resume());
      return received.push(Buffer.from(window.subarray(0, length))) % 3 > 0;
    },
  });
  const fd = descriptorOf(from);
  if (reads === undefined || fd < 0) return false;
  const ended = new Promise<void>((resolve, reject) => to.once('end', resolve).once('error', reject));
  reads.resume();
  from.write(sent.subarray(writeNow(fd, sent, sent.length)));
  from.end();
  await ended;
  return Buffer.concat(received).equals(sent);
}

function giveUp(): Promise<boolean> {
  return new Promise((resolve) => setTimeout(resolve, 2000, false).unref());
}
