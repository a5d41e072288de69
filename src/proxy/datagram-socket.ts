/**
 * Datagram sockets as this data plane wants them: bound and connected without a turn of the event loop.
 */

import { createSocket, type Socket } from 'node:dgram';

const RECEIVE_BUFFER_BYTES = 1024 * 1024;
/** So much may wait in the process where the kernel takes no more; then datagrams are dropped, as a router would. */
const SEND_QUEUE_BYTES = 1024 * 1024;

/** A socket of the family of `address`; `reusePort`: several may have one address, and clients are dealt out. Every address it is given must be an IP address: no name is ever looked up. */
export function createDatagramSocket(address: string, reusePort = false): Socket {
  const isV6 = address.includes(':');
  const lookup = isV6 ? lookup6 : lookup4;
  return createSocket({ type: isV6 ? 'udp6' : 'udp4', ipv6Only: isV6, lookup, reusePort });
}

/** Asks for a larger receive buffer: bursts outrun the event loop. The kernel may give less, or refuse. */
export function enlargeReceiveBuffer(socket: Socket): void {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  } catch {
    // Best effort: the default works, with more loss in bursts.
  }
}

/** Whether a datagram may be sent, or too many wait already. */
export function hasSendRoom(socket: Socket): boolean {
  return socket.getSendQueueSize() < SEND_QUEUE_BYTES;
}

type LookupCallback = (error: null, address: string, family: number) => void;

/** Called by dgram as `(address, family, callback)`: the literal is its own answer, at once. */
function lookup4(address: string, _options: unknown, callback: LookupCallback): void {
  callback(null, address, 4);
}

function lookup6(address: string, _options: unknown, callback: LookupCallback): void {
  callback(null, address, 6);
}
