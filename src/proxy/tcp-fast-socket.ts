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
 * `fast-sockets-work.ts` tries both on a real connection. Where it says no, `tcp-pump.ts` uses `data` events and `write`.
 *
 * And couriers: a handle that has the descriptor of a listening socket of another thread, does nothing with it, and can be sent to
 * another process. Where Node does not tell descriptors, there are none, and who would have used them does without.
 */

import type { SendHandle } from 'node:child_process';
import { writeSync } from 'node:fs';
import { type Server, Socket } from 'node:net';
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

/** What Node calls a handle that listens. */
const SERVER_HANDLE = 1;

/** Where a socket keeps the buffer of its handle: while there is one, `pause` and `resume` stop and start the handle. */
const bufferSlot = Object.getOwnPropertySymbols(new Socket()).find(({ description }) => description === 'kBuffer');
let readablePrototype: unknown;

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
  return descriptorIn(handleOf(stream));
}

/** Writes what the kernel takes now and returns how many bytes that was. Whatever fails gives 0: the next `write` tells. */
export function writeNow(fd: number, bytes: Uint8Array, length: number): number {
  try {
    return writeSync(fd, bytes, 0, length);
  } catch {
    return 0;
  }
}

/** The descriptor of a listening socket; -1 = there is none. */
export function listeningDescriptor(server: Server): number {
  return descriptorIn(handleIn(server));
}

/** The descriptor of a handle that came from another process; -1 = there is none. */
export function descriptorIn(handle: unknown): number {
  const fd: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined;
  return typeof fd === 'number' ? fd : -1;
}

/**
 * A courier of a listening socket: to be sent to another process, where it arrives as a bare handle. It never closes the descriptor,
 * which remains its owner's. `like` is any listening TCP server of this thread. `undefined` = this Node has none.
 */
export function courierOf(descriptor: number, like: Server): SendHandle | undefined {
  const make: unknown = handleIn(like)?.constructor;
  if (typeof make !== 'function') return undefined;
  const courier = Reflect.construct(make, [SERVER_HANDLE]);
  const open: unknown = Reflect.get(courier, 'open');
  return typeof open === 'function' && Reflect.apply(open, courier, [descriptor]) === 0 ? courier : undefined;
}

function handleOf(stream: Duplex): object | undefined {
  return stream instanceof Socket ? handleIn(stream) : undefined;
}

function handleIn(owner: Socket | Server): object | undefined {
  const handle: unknown = Reflect.get(owner, '_handle');
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
