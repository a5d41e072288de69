/**
 * Fast sockets: reading into a buffer of ours, and writing without a queue. The only file with undocumented Node surface.
 *
 * Node offers `onread` (reads into a given buffer) to sockets that it connects, not to accepted ones; yet every
 * `net.Socket` has the places where `onread` is kept. And a write through `net.Socket` does not tell how much the
 * kernel took, so that the buffer could not be used again; a plain write to the descriptor does.
 *
 * `fastSocketsWork` tries both on a real connection. Where it says no, `tcp-pump.ts` uses `data` events and `write`.
 */

import { writeSync } from 'node:fs';
import { connect, createServer, type Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Gives the buffer for the next read, and takes what was read: `false` stops reading until `socket.resume()`. */
export interface SharedReader {
  nextBuffer(): Uint8Array;
  read(buffer: Uint8Array, length: number): boolean;
}

interface OnreadSlots {
  readonly buffer: symbol;
  readonly generator: symbol;
  readonly callback: symbol;
}

const slots = findSlots();
let tested: Promise<boolean> | undefined;

/** Whether this Node offers what the fast path needs, tried once per process on loopback. Never rejects. */
export function fastSocketsWork(): Promise<boolean> {
  tested ??= selfTest().catch(() => false);
  return tested;
}

/**
 * Makes a paused socket read through `reader`; `socket.resume()` starts. `false` = not possible for this stream (no TCP
 * socket, or it has read already), and nothing was changed. `end` and `error` are emitted as ever, `data` never.
 */
export function readShared(stream: Duplex, reader: SharedReader): boolean {
  const handle = handleOf(stream);
  if (slots === undefined || handle === undefined || stream.readableLength > 0) return false;
  const useUserBuffer: unknown = Reflect.get(handle, 'useUserBuffer');
  if (typeof useUserBuffer !== 'function' || Reflect.get(handle, 'reading') === true) return false;
  const first = reader.nextBuffer();
  Reflect.set(stream, slots.buffer, first);
  Reflect.set(stream, slots.generator, () => reader.nextBuffer());
  Reflect.set(stream, slots.callback, (length: number, buffer: Uint8Array) => reader.read(buffer, length));
  Reflect.apply(useUserBuffer, handle, [first]);
  return true;
}

/** The descriptor behind a TCP socket; -1 = there is none. Good while the socket is not destroyed. */
export function descriptorOf(stream: Duplex): number {
  const handle = handleOf(stream);
  const fd: unknown = handle && Reflect.get(handle, 'fd');
  return typeof fd === 'number' ? fd : -1;
}

/** Writes what the kernel takes now and returns how many bytes that was. Whatever fails gives 0: the next `write` tells. */
export function writeNow(fd: number, bytes: Uint8Array, length: number): number {
  try {
    return writeSync(fd, bytes, 0, length);
  } catch {
    return 0;
  }
}

function handleOf(stream: Duplex): object | undefined {
  if (!(stream instanceof Socket)) return undefined;
  const handle: unknown = Reflect.get(stream, '_handle');
  return typeof handle === 'object' && handle !== null ? handle : undefined;
}

function findSlots(): OnreadSlots | undefined {
  const symbols = Object.getOwnPropertySymbols(new Socket());
  const named = (name: string): symbol | undefined => symbols.find((symbol) => symbol.description === name);
  const [buffer, generator, callback] = [named('kBuffer'), named('kBufferGen'), named('kBufferCb')];
  return buffer && generator && callback && { buffer, generator, callback };
}

/** Sends 100,000 bytes through an accepted and a connected socket, both fast, with changing buffers, and a FIN back. */
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
  const sent = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7) & 0xff));
  const received: Buffer[] = [];
  const buffers = [Buffer.alloc(1000), Buffer.alloc(30_000)];
  const works = readShared(to, {
    nextBuffer: () => buffers[received.length % 2] ?? Buffer.alloc(1000),
    read: (buffer, length) => received.push(Buffer.from(buffer.subarray(0, length))) > 0,
  });
  const fd = descriptorOf(from);
  if (!works || fd < 0) return false;
  const ended = new Promise<void>((resolve, reject) => to.once('end', resolve).once('error', reject));
  to.resume();
  from.write(sent.subarray(writeNow(fd, sent, sent.length)));
  from.end();
  await ended;
  return Buffer.concat(received).equals(sent);
}

function giveUp(): Promise<boolean> {
  return new Promise((resolve) => setTimeout(resolve, 2000, false).unref());
}
