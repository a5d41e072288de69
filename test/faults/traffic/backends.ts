/**
 * Backends: TCP servers of several manners, and UDP echoes, with counts of what they were sent and what they sent.
 */

import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { resetStream } from '../../../src/proxy/reset-stream.ts';
import { isPattern, patternBytes } from './pattern.ts';
import { HeaderReader, type HeaderVersion } from './read-proxy-header.ts';

/**
 * - `echo`: returns what comes, and its FIN. `storm`: the same, but resets half of the connections at some moment.
 * - `late`: returns all that came `LATE_MS` after the client's FIN.
 * - `greeter`: sends `GREETING` and its FIN at once, and then reads the stream of `ANSWER_SEED` to its end.
 * - `source`: reads a seed and a length, four bytes each, and sends so much of the seed's stream.
 */
export type BackendManner = 'echo' | 'storm' | 'late' | 'greeter' | 'source';

export interface BackendOptions {
  readonly address: string;
  readonly port: number;
  readonly manner: BackendManner;
  /** Each connection has to begin with a header of the PROXY protocol. */
  readonly header?: HeaderVersion;
}

/** Over all backends of a process, since it began. */
export interface BackendCounts {
  accepted: number;
  /** Of `accepted`, by port. */
  readonly acceptedAt: Record<number, number>;
  open: number;
  bytesIn: number;
  bytesOut: number;
  headerBytes: number;
  /** Streams with a byte that differs, and headers that cannot be read. */
  wrong: number;
  datagrams: number;
}

export const GREETING = 3000;
export const GREETING_SEED = 5;
export const ANSWER_SEED = 6;
const LATE_MS = 1500;
const STORM_MS = 40;
const SOURCE_CHUNK = 64 * 1024;

const counts: BackendCounts = {
  accepted: 0,
  acceptedAt: {},
  open: 0,
  bytesIn: 0,
  bytesOut: 0,
  headerBytes: 0,
  wrong: 0,
  datagrams: 0,
};
const servers = new Map<string, { readonly server: Server; readonly sockets: Set<Socket> }>();
const echoes: UdpSocket[] = [];

export function backendCounts(): BackendCounts {
  return { ...counts };
}

/** Listens, and serves from then on. */
export async function serveTcp(options: BackendOptions): Promise<void> {
  const { address, port, manner } = options;
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    counts.accepted += 1;
    counts.acceptedAt[port] = (counts.acceptedAt[port] ?? 0) + 1;
    counts.open += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      counts.open -= 1;
      sockets.delete(socket);
    });
    begin(socket, options);
    if (manner === 'storm' && Math.random() < 0.5) resetSometime(socket);
  });
  server.listen({ host: address, port, backlog: 4096 });
  await once(server, 'listening');
  servers.set(`${address}:${port}`, { server, sockets });
}

/** Listens no more; what is open goes on. */
export async function stopAccepting(address: string, port: number): Promise<void> {
  servers.get(`${address}:${port}`)?.server.close();
}

/** Answers each datagram with itself. */
export async function serveUdp(address: string, port: number): Promise<void> {
  const socket = createSocket('udp4');
  socket.on('error', () => undefined);
  socket.on('message', (datagram, peer) => {
    counts.datagrams += 1;
    counts.bytesIn += datagram.length;
    counts.bytesOut += datagram.length;
    socket.send(datagram, peer.port, peer.address);
  });
  socket.bind(port, address);
  await once(socket, 'listening');
  socket.setRecvBufferSize(4 * 1024 * 1024);
  echoes.push(socket);
}

function begin(socket: Socket, { manner, header }: BackendOptions): void {
  const handle = mannerOf(manner, socket);
  const reader = header === undefined ? undefined : new HeaderReader(header);
  socket.on('data', (chunk: Buffer) => {
    const rest = reader === undefined ? chunk : reader.read(chunk);
    if (rest === 'wrong') {
      counts.wrong += 1;
      resetStream(socket);
    } else if (rest.length > 0) {
      counts.bytesIn += rest.length;
      handle.data(rest);
    }
  });
  socket.once('end', () => {
    counts.headerBytes += reader?.length ?? 0;
    handle.end();
  });
}

interface Manner {
  data(bytes: Buffer): void;
  end(): void;
}

function mannerOf(manner: BackendManner, socket: Socket): Manner {
  if (manner === 'late') return late(socket);
  if (manner === 'greeter') return greeter(socket);
  if (manner === 'source') return source(socket);
  return echo(socket);
}

function send(socket: Socket, bytes: Buffer): void {
  counts.bytesOut += bytes.length;
  if (socket.write(bytes)) return;
  socket.pause();
  socket.once('drain', () => socket.resume());
}

function echo(socket: Socket): Manner {
  return { data: (bytes) => send(socket, bytes), end: () => socket.end() };
}

function late(socket: Socket): Manner {
  const kept: Buffer[] = [];
  const answer = (): void => {
    for (const bytes of kept) send(socket, bytes);
    socket.end();
  };
  return { data: (bytes) => void kept.push(bytes), end: () => void setTimeout(answer, LATE_MS) };
}

function greeter(socket: Socket): Manner {
  let read = 0;
  counts.bytesOut += GREETING;
  socket.end(patternBytes(GREETING_SEED, 0, GREETING));
  return {
    data(bytes) {
      if (!isPattern(bytes, ANSWER_SEED, read)) counts.wrong += 1;
      read += bytes.length;
    },
    end: () => undefined,
  };
}

function source(socket: Socket): Manner {
  let request = Buffer.alloc(0);
  return {
    data(bytes) {
      request = Buffer.concat([request, bytes]);
      if (request.length === 8) void sendStream(socket, request.readUInt32LE(0), request.readUInt32LE(4));
    },
    end: () => undefined,
  };
}

async function sendStream(socket: Socket, seed: number, length: number): Promise<void> {
  for (let sent = 0; sent < length && !socket.destroyed; ) {
    const bytes = patternBytes(seed, sent, Math.min(SOURCE_CHUNK, length - sent));
    sent += bytes.length;
    counts.bytesOut += bytes.length;
    if (!socket.write(bytes)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => undefined);
  }
  socket.end();
}

function resetSometime(socket: Socket): void {
  const timer = setTimeout(() => resetStream(socket), Math.random() * STORM_MS);
  socket.once('close', () => clearTimeout(timer));
}
