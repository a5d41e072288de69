/**
 * Who listens where on this machine, as the kernel tells it in /proc.
 */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { parseAddress } from '../../model/address.ts';

/** A socket that takes clients. `inode` finds its process. */
export interface ListeningSocket {
  readonly protocol: 'TCP' | 'UDP';
  readonly address: string;
  readonly port: number;
  readonly inode: string;
}

/** A process that has a socket. */
export interface SocketOwner {
  readonly pid: number;
  /** Its command line, in one line. */
  readonly command: string;
}

const FILES = [
  ['tcp', 'TCP'],
  ['tcp6', 'TCP'],
  ['udp', 'UDP'],
  ['udp6', 'UDP'],
] as const;

/** Every listening socket of this network namespace; none where /proc cannot be read. */
export function readListeningSockets(): readonly ListeningSocket[] {
  return FILES.flatMap(([file, protocol]) => parseSockets(readOr(`/proc/net/${file}`), protocol));
}

/**
 * The listening sockets in the text of /proc/net/tcp, udp, and those of IPv6.
 *
 * Source: proc_net(5). Addresses are words of 32 bits in the machine's byte order, here little endian.
 */
export function parseSockets(text: string, protocol: 'TCP' | 'UDP'): readonly ListeningSocket[] {
  const listening = protocol === 'TCP' ? '0A' : '07';
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
      const [hex = '', port = ''] = local.split(':');
      const address = state === listening && inode !== undefined ? addressOf(hex) : undefined;
      if (address === undefined || inode === undefined) return [];
      return [{ protocol, address, port: Number.parseInt(port, 16), inode }];
    });
}

function addressOf(hex: string): string | undefined {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).reverse()).map((byte) => Number.parseInt(byte, 16));
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[i * 2] ?? 0) << 8) | (bytes[i * 2 + 1] ?? 0)).toString(16),
  );
  return bytes.length === 16 ? parseAddress(groups.join(':')) : undefined;
}

/** The process that has a socket; `undefined` where it cannot be seen (another user's, another namespace's). */
export function findSocketOwner(inode: string): SocketOwner | undefined {
  const target = `socket:[${inode}]`;
  for (const pid of listOr('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const fd of listOr(`/proc/${pid}/fd`)) {
      if (linkOr(`/proc/${pid}/fd/${fd}`) !== target) continue;
      return { pid: Number(pid), command: commandOf(Number(pid)) };
    }
  }
  return undefined;
}

/** The command line of a process; "" where it has gone. */
export function commandOf(pid: number): string {
  const command = readOr(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
  return command || readOr(`/proc/${pid}/comm`).trim();
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function listOr(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function linkOr(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
