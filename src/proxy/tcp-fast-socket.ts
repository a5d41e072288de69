/**
 * Fast sockets: reading into a buffer of ours, and writing without a queue. The only file with undocumented Node surface.
 *
 *   kernel ──▶ buffer ──onread──▶ reader        bytes: straight here
 *                          └────▶ net.Socket    end and errors: as ever
 *
 * Node offers `onread` (reads into a given buffer) to sockets that it connects, not to accepted ones, and passes each read
 * through the socket, its streams and their states first: with a thousand busy connections these are never in the
 * processor's cache. The handle below the socket takes a buffer and calls a function of ours just as well. And a write
 * through `net.Socket` does not tell how much the kernel took, so that the buffer could not be used again; a plain write to
 * the descriptor does.
 *
 * `fastSocketsWork` tries both on a real connection. Where it says no, `tcp-pump.ts` uses `data` events and `write`.
 */

import { writeSync } from 'node:fs';
import { connect, createServer, type Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Gives the buffer for the next read, and takes what was read into it: `false` stops reading until `resume`. */
export interface SharedReader {
  window(): Uint8Array;
  read(window: Uint8Array, length: number): boolean;
}

/** What a `TCP` handle of Node has. `onread` is called after each read; it may return the buffer for the next one. */
interface Handle {
  readonly bytesRead: number;
  reading?: boolean;
  onread: (this: unknown, none: unknown) => unknown;
  useUserBuffer(buffer: Uint8Array): void;
  readStart(): number;
  readStop(): number;
}

/** Where a socket keeps the buffer of its handle: while there is one, `pause` and `resume` stop and start the handle. */
const bufferSlot = Object.getOwnPropertySymbols(new Socket()).find(({ description }) => description === 'kBuffer');
let readablePrototype: unknown;
let tested: Promise<boolean> | undefined;

/** Whether this Node offers what the fast path needs, tried once per process on loopback. Never rejects. */
export function fastSocketsWork(): Promise<boolean> {
  tested ??= selfTest().catch(() => false);
  return tested;
}

/**
 * Makes a paused socket read through `reader`, from `resume` on. `undefined` = not possible for this stream (no TCP socket,
 * or it has read already), and nothing was changed. `end` and `error` are emitted as ever, `data` never.
 */
export function readShared(stream: Duplex, reader: SharedReader): SharedReads | undefined {
  const handle = handleOf(stream);
  if (bufferSlot === undefined || handle === undefined || stream.readableLength > 0) return undefined;
  if (!isReadable(handle) || handle.reading === true) return undefined;
  const window = reader.window();
  Reflect.set(stream, bufferSlot, window);
  handle.useUserBuffer(window);
  return new SharedReads(stream, handle, reader, window);
}

/** The reads of one socket. */
export class SharedReads {
  readonly #stream: Duplex;
  readonly #handle: Handle;

  constructor(stream: Duplex, handle: Handle, reader: SharedReader, window: Uint8Array) {
    this.#stream = stream;
    this.#handle = handle;
    handle.onread = onreadOf(handle, reader, window);
  }

  /** Starts, or goes on. Idempotent. */
  resume(): void {
    const handle = this.#handle;
    if (handle.reading === true) return;
    if (handle.readStart() === 0) handle.reading = true;
    // The socket tells what is wrong.
    else this.#stream.resume();
  }

  /** Idempotent. */
  pause(): void {
    stop(this.#handle);
  }
}

/** What was read is told by the growth of `bytesRead`; where that is nothing, it is the end or an error. */
function onreadOf(handle: Handle, reader: SharedReader, first: Uint8Array): Handle['onread'] {
  const { onread } = handle;
  let window = first;
  let total = handle.bytesRead;
  return (none) => {
    const length = handle.bytesRead - total;
    if (length === 0) return Reflect.apply(onread, handle, [none]);
    total += length;
    if (!reader.read(window, length)) stop(handle);
    const next = reader.window();
    if (next === window) return undefined;
    window = next;
    return next;
  };
}

function stop(handle: Handle): void {
  if (handle.reading !== true) return;
  handle.reading = false;
  handle.readStop();
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

/** Every TCP handle has the prototype of the first one. */
function isReadable(handle: object): handle is Handle {
  const prototype: unknown = Object.getPrototypeOf(handle);
  if (prototype === readablePrototype) return true;
  const functions = ['useUserBuffer', 'readStart', 'readStop', 'onread'];
  const hasFunctions = functions.every((name) => typeof Reflect.get(handle, name) === 'function');
  if (!hasFunctions || typeof Reflect.get(handle, 'bytesRead') !== 'number') return false;
  readablePrototype = prototype;
  return true;
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
