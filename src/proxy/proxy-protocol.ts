/**
 * PROXY protocol: the header that tells a backend who its client is, ahead of the client's first byte.
 *
 * Source: https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt, sections 2.1 (text) and 2.2 (binary).
 */

import type { Socket } from 'node:net';
import { addressBytes } from '../model/address.ts';
import type { Frontend } from '../model/route.ts';
import type { ProxyProtocol } from '../model/service.ts';
import { canonicalClient } from './client-address.ts';

/** One side of a connection. The address is canonical. */
interface Side {
  readonly address: string;
  readonly port: number;
}

const SIGNATURE: readonly number[] = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
/** Version 2, command PROXY. */
const VERSION_AND_COMMAND = 0x21;
/** Address family and transport: the high and the low half of a byte. */
const TCP_OVER_IPV4 = 0x11;
const TCP_OVER_IPV6 = 0x21;
const UNSPEC = 0x00;
const HEAD_BYTES = 16;

/**
 * The header for a TCP client that asked for `destination`. Where the two are not of one family it says that they are not
 * known (`UNKNOWN`, `UNSPEC`): one family is all that it can express.
 */
export function proxyHeader(version: Exclude<ProxyProtocol, 'off'>, client: Side, destination: Side): Buffer {
  return version === 'v1' ? textHeader(client, destination) : binaryHeader(client, destination);
}

/**
 * What a client asked: the frontend, since capture may have led the client to another socket. A lane is reached as it is
 * bound, and may be bound to a wildcard or to any free port: there the socket knows.
 */
export function askedAddress(
  { kind, address, port }: Frontend,
  { localAddress = '', localPort = 0 }: Pick<Socket, 'localAddress' | 'localPort'>,
): Side {
  return kind === 'local' ? { address: canonicalClient(localAddress), port: localPort } : { address, port };
}

function textHeader(client: Side, destination: Side): Buffer {
  const length = commonLength(client, destination);
  if (length === 0) return Buffer.from('PROXY UNKNOWN\r\n', 'latin1');
  const word = length === 4 ? 'TCP4' : 'TCP6';
  const { address, port } = destination;
  return Buffer.from(`PROXY ${word} ${client.address} ${address} ${client.port} ${port}\r\n`, 'latin1');
}

function binaryHeader(client: Side, destination: Side): Buffer {
  const length = commonLength(client, destination);
  if (length === 0) return headOf(UNSPEC, 0);
  const addresses = [...addressBytes(client.address), ...addressBytes(destination.address)];
  const header = headOf(length === 4 ? TCP_OVER_IPV4 : TCP_OVER_IPV6, addresses.length + 4);
  header.set(addresses, HEAD_BYTES);
  header.writeUInt16BE(client.port, HEAD_BYTES + addresses.length);
  header.writeUInt16BE(destination.port, HEAD_BYTES + addresses.length + 2);
  return header;
}

/** The bytes of an address where both are of one family, else 0. */
function commonLength(client: Side, destination: Side): number {
  const { length } = addressBytes(client.address);
  return addressBytes(destination.address).length === length ? length : 0;
}

function headOf(familyAndTransport: number, length: number): Buffer {
  const header = Buffer.alloc(HEAD_BYTES + length);
  header.set([...SIGNATURE, VERSION_AND_COMMAND, familyAndTransport]);
  header.writeUInt16BE(length, HEAD_BYTES - 2);
  return header;
}
