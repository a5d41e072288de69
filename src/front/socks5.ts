/**
 * SOCKS version 5, without authentication: CONNECT to a name or an address.
 *
 *   05 n methods… ─▶ 05 00 ─▶ 05 01 00 type address port ─▶ 05 code 00 01 0.0.0.0 0
 *
 * Source: RFC 1928.
 */

import { parseAddress } from '../model/address.ts';
import type { FlowEnd } from '../model/flow.ts';
import type { FrontRefusal } from '../model/front.ts';
import { type Dialect, type Replies, type Step, WAIT } from './dialect.ts';

/** The first byte of a client that speaks it. */
export const SOCKS5 = 0x05;
/** The first byte of a client that speaks the version before, which is told that it is rejected. */
export const SOCKS4 = 0x04;
export const SOCKS4_REJECTED = Buffer.from([0x00, 0x5b, 0, 0, 0, 0, 0, 0]);

const NO_AUTHENTICATION = 0x00;
const NO_ACCEPTABLE_METHOD = 0xff;
const CONNECT = 0x01;
const TYPES = { ipv4: 0x01, name: 0x03, ipv6: 0x04 };

const CODES = {
  succeeded: 0x00,
  failure: 0x01,
  notAllowed: 0x02,
  networkUnreachable: 0x03,
  hostUnreachable: 0x04,
  refused: 0x05,
  commandUnknown: 0x07,
  addressTypeUnknown: 0x08,
} as const;

const REFUSALS: Readonly<Record<FrontRefusal['code'], number>> = {
  NOT_OURS: CODES.notAllowed,
  SVC_EXTERNALNAME: CODES.notAllowed,
  SVC_NOT_FOUND: CODES.hostUnreachable,
  EP_NOT_READY: CODES.hostUnreachable,
  PORT_UNKNOWN: CODES.refused,
};

const ERRNOS: Readonly<Record<string, number>> = {
  ECONNREFUSED: CODES.refused,
  ENETUNREACH: CODES.networkUnreachable,
  EHOSTUNREACH: CODES.hostUnreachable,
  ETIMEDOUT: CODES.hostUnreachable,
};

/** Makes the dialect for one client. */
export function createSocks5(): Dialect {
  let isGreeted = false;
  return (bytes) => {
    if (isGreeted) return readRequest(bytes);
    const step = readGreeting(bytes);
    isGreeted = step.kind === 'more' && step.used > 0;
    return step;
  };
}

function readGreeting(bytes: Buffer): Step {
  const [, count] = bytes;
  if (count === undefined || bytes.length < 2 + count) return WAIT;
  const methods = bytes.subarray(2, 2 + count);
  if (!methods.includes(NO_AUTHENTICATION)) {
    return { kind: 'end', write: Buffer.from([SOCKS5, NO_ACCEPTABLE_METHOD]) };
  }
  return { kind: 'more', used: 2 + count, write: Buffer.from([SOCKS5, NO_AUTHENTICATION]) };
}

function readRequest(bytes: Buffer): Step {
  const [version, command, , type] = bytes;
  if (version === undefined) return WAIT;
  if (version !== SOCKS5) return refuse(CODES.failure);
  if (command === undefined || type === undefined) return WAIT;
  // BIND and UDP ASSOCIATE: nothing connects back into a laptop, and UDP has lanes.
  if (command !== CONNECT) return refuse(CODES.commandUnknown);
  const addressAt = type === TYPES.name ? 5 : 4;
  const length = addressLength(type, bytes[4]);
  if (length === undefined) return refuse(CODES.addressTypeUnknown);
  const used = addressAt + length + 2;
  if (Number.isNaN(length) || bytes.length < used) return WAIT;
  const host = hostOf(type, bytes.subarray(addressAt, addressAt + length));
  const port = bytes.readUInt16BE(used - 2);
  return host === '' || port === 0 ? refuse(CODES.failure) : { kind: 'target', used, host, port, replies: REPLIES };
}

/** `undefined` = no such type; `NaN` = it is not known yet. */
function addressLength(type: number, first: number | undefined): number | undefined {
  if (type === TYPES.ipv4) return 4;
  if (type === TYPES.ipv6) return 16;
  return type === TYPES.name ? (first ?? Number.NaN) : undefined;
}

function hostOf(type: number, bytes: Buffer): string {
  if (type === TYPES.name) return bytes.toString('latin1');
  if (type === TYPES.ipv4) return bytes.join('.');
  return parseAddress((bytes.toString('hex').match(/.{4}/g) ?? []).join(':')) ?? '';
}

const REPLIES: Replies = {
  accepted: () => replyOf(CODES.succeeded),
  refused: ({ code }) => replyOf(REFUSALS[code]),
  failed: (end) => replyOf(codeOf(end)),
};

function codeOf({ cause, errno = '' }: FlowEnd): number {
  if (cause === 'no-endpoint' || cause === 'wait-over') return CODES.hostUnreachable;
  if (cause === 'source-denied') return CODES.notAllowed;
  if (cause === 'fault') return CODES.refused;
  return cause === 'dial-failed' ? (ERRNOS[errno] ?? CODES.failure) : CODES.failure;
}

function refuse(code: number): Step {
  return { kind: 'end', write: replyOf(code) };
}

/** The address that we are bound to at the other side is nobody's business here: it is told as 0.0.0.0:0. */
function replyOf(code: number): Buffer {
  return Buffer.from([SOCKS5, code, 0, TYPES.ipv4, 0, 0, 0, 0, 0, 0]);
}
