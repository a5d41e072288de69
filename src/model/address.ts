/**
 * IP addresses, CIDRs and ports as canonical text.
 *
 * An address is held as its canonical string everywhere: dotted decimal without leading zeros, or RFC 5952. Two
 * addresses are equal exactly when their strings are. Parsing is as lenient as kube-proxy's: octets with leading
 * zeros are decimal, an IPv4-mapped IPv6 address is its IPv4 address, a scope id is dropped.
 */

import { isIPv4 } from 'node:net';

export type IpFamily = 'IPv4' | 'IPv6';
export type Protocol = 'TCP' | 'UDP' | 'SCTP';

export const IP_FAMILIES: readonly IpFamily[] = ['IPv4', 'IPv6'];

/** A range of addresses: `bytes` of the network address (host bits zero) and the prefix length in bits. */
export interface Cidr {
  readonly family: IpFamily;
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly prefix: number;
}

/** The canonical form of an address, or `undefined` where `text` is none. */
export function parseAddress(text: string): string | undefined {
  const trimmed = text.trim();
  // Most are canonical as they are: thousands of lanes are read without a list of bytes for each.
  if (isIPv4(trimmed)) return trimmed;
  const bytes = parseBytes(trimmed);
  return bytes && formatBytes(bytes);
}

/** The 4 or 16 bytes of a canonical address. */
export function addressBytes(address: string): Uint8Array {
  return parseBytes(address) ?? new Uint8Array();
}

/** The family of a canonical address. */
export function familyOf(address: string): IpFamily {
  return address.includes(':') ? 'IPv6' : 'IPv4';
}

/** `10.0.0.1:80`, `[fd00::1]:80`: the key of an endpoint within a ServicePort, and how addresses are printed. */
export function formatHostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Whether a canonical address is 127.0.0.0/8 or ::1. */
export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/** A CIDR, leading zeros allowed as in addresses; `undefined` where `text` is none. Host bits are cleared. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text.trim());
  const bytes = match?.[1] === undefined ? undefined : parseBytes(match[1]);
  const prefix = Number(match?.[2]);
  if (!bytes || prefix > bytes.length * 8) return undefined;
  for (let bit = prefix; bit < bytes.length * 8; bit++) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) & ~(0x80 >> (bit & 7));
  return { family: bytes.length === 4 ? 'IPv4' : 'IPv6', text: `${formatBytes(bytes)}/${prefix}`, bytes, prefix };
}

/** Whether a canonical address lies in the range; an address of the other family never does. */
export function cidrContains(cidr: Cidr, address: string): boolean {
  const bytes = parseBytes(address);
  if (!bytes || bytes.length !== cidr.bytes.length) return false;
  const whole = cidr.prefix >> 3;
  for (let i = 0; i < whole; i++) if (bytes[i] !== cidr.bytes[i]) return false;
  const rest = cidr.prefix & 7;
  if (rest === 0) return true;
  const mask = 0xff << (8 - rest);
  return ((bytes[whole] ?? 0) & mask) === ((cidr.bytes[whole] ?? 0) & mask);
}

/** The 4 or 16 bytes of an address; an IPv4-mapped IPv6 address gives 4. */
function parseBytes(text: string): Uint8Array | undefined {
  if (!text.includes(':')) return parseV4(text);
  const address = text.includes('%') ? text.slice(0, text.indexOf('%')) : text;
  const bytes = parseV6(address);
  if (bytes?.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff) {
    return bytes.slice(12);
  }
  return bytes;
}

function parseV4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || parts.some((part) => !/^\d{1,4}$/.test(part) || Number(part) > 255)) return undefined;
  return Uint8Array.from(parts, Number);
}

/** Node's own check of a whole address takes 4 ms to compile, which every start would pay. */
const GROUP = /^[0-9a-f]{1,4}$/i;

function parseV6(text: string): Uint8Array | undefined {
  const lastColon = text.lastIndexOf(':');
  const dotted = text.includes('.') ? parseV4(text.slice(lastColon + 1)) : undefined;
  const hex = dotted ? `${text.slice(0, lastColon + 1)}${hexPair(dotted, 0)}:${hexPair(dotted, 2)}` : text;
  const [head = '', tail, ...rest] = hex.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const left = 8 - before.length - after.length;
  const fits = tail === undefined ? left === 0 : left > 0 && rest.length === 0;
  if (!fits || ![...before, ...after].every((group) => GROUP.test(group))) return undefined;
  const groups = [...before, ...Array<string>(left).fill('0'), ...after];
  const bytes = new Uint8Array(16);
  groups.forEach((group, i) => {
    const value = Number.parseInt(group, 16);
    bytes[i * 2] = value >> 8;
    bytes[i * 2 + 1] = value & 0xff;
  });
  return bytes;
}

function hexPair(bytes: Uint8Array, at: number): string {
  return (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16);
}

/** RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups (the first of equals) as `::`. */
function formatBytes(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => hexPair(bytes, i * 2));
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (groups[end] === '0') end++;
    if (end - i > length) {
      start = i;
      length = end - i;
    }
    if (end > i) i = end;
  }
  if (start < 0) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}
