/**
 * Reading a query: every byte of it may be anything.
 *
 * The question is kept as the bytes that came, and goes back as it is: clients that mix upper and lower case to be harder
 * to deceive (0x20) compare it byte for byte.
 *
 * Source: RFC 1035 section 4.1, RFC 6891 section 6.1.
 */

import { decode } from 'dns-packet';

/** Response codes that are used here. */
export const RCODES = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
} as const;

export type Rcode = (typeof RCODES)[keyof typeof RCODES];

export const HEADER_BYTES = 12;
const MAX_NAME_BYTES = 255;
const MAX_LABEL_BYTES = 63;
/** OPT, and what else signs or pads a query. */
const MAX_ADDITIONALS = 4;
const CLASS_IN = 1;
const CLASS_ANY = 255;

/** What a query asks. */
export interface DnsQuestion {
  /** As it came, without the last dot; "" = the root. A byte that no host name has is written `\DDD`. */
  readonly name: string;
  /** `A`, `SRV`, …; `UNKNOWN_65` where the library knows no name for it. */
  readonly type: string;
  /** Of class IN, or of any. */
  readonly isInternet: boolean;
}

/** A query that can be answered. */
export interface DnsQuery {
  readonly id: number;
  /** The header's second word as it came. */
  readonly flags: number;
  readonly question: DnsQuestion;
  /** Name, type and class as they came. */
  readonly questionBytes: Buffer;
  /** `undefined` = the client knows no EDNS. `payloadSize` is what it can receive by UDP. */
  readonly edns: { readonly payloadSize: number; readonly version: number } | undefined;
  /** The whole message. */
  readonly message: Buffer;
}

/** A query that is not understood; its header alone can be answered. */
export interface BadQuery {
  readonly id: number;
  readonly flags: number;
  readonly rcode: Rcode;
}

/** Reads a message. `undefined` = it must not be answered: it is too short, or a response, which could go on for ever. */
export function readQuery(message: Buffer): DnsQuery | BadQuery | undefined {
  if (message.length < HEADER_BYTES) return undefined;
  const id = message.readUInt16BE(0);
  const flags = message.readUInt16BE(2);
  if (flags & 0x8000) return undefined;
  if (flags & 0x7800) return { id, flags, rcode: RCODES.NOTIMP };
  const read = hasUsualCounts(message) ? readQuestion(message) : undefined;
  const opt = read && readOpt(message);
  if (read === undefined || opt === 'malformed') return { id, flags, rcode: RCODES.FORMERR };
  return { id, flags, message, ...read, edns: opt };
}

export function isBadQuery(query: DnsQuery | BadQuery): query is BadQuery {
  return 'rcode' in query;
}

function hasUsualCounts(message: Buffer): boolean {
  const [questions, answers, authorities, additionals] = [4, 6, 8, 10].map((at) => message.readUInt16BE(at));
  return questions === 1 && answers === 0 && authorities === 0 && (additionals ?? 0) <= MAX_ADDITIONALS;
}

/** The question, whose name is never compressed: there is nothing before it to point to. */
function readQuestion(message: Buffer): Pick<DnsQuery, 'question' | 'questionBytes'> | undefined {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (;;) {
    const length = message[at];
    if (length === undefined || length > MAX_LABEL_BYTES) return undefined;
    at += 1;
    if (length === 0) break;
    labels.push(labelText(message.subarray(at, at + length)));
    at += length;
    if (at - HEADER_BYTES >= MAX_NAME_BYTES) return undefined;
  }
  if (at + 4 > message.length) return undefined;
  const classNumber = message.readUInt16BE(at + 2);
  const type = typeName(message.subarray(HEADER_BYTES, at + 4));
  if (type === undefined) return undefined;
  const isInternet = classNumber === CLASS_IN || classNumber === CLASS_ANY;
  const questionBytes = message.subarray(HEADER_BYTES, at + 4);
  return { question: { name: labels.join('.'), type, isInternet }, questionBytes };
}

function labelText(bytes: Buffer): string {
  let text = '';
  for (const byte of bytes) {
    const isPlain = byte > 0x20 && byte < 0x7f && byte !== 0x2e && byte !== 0x5c;
    text += isPlain ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, '0')}`;
  }
  return text;
}

/** The library's name for the type; the question stands alone here, so that nothing else can be wrong with it. */
function typeName(question: Buffer): string | undefined {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(1, 4);
  try {
    return decode(Buffer.concat([header, question])).questions?.[0]?.type;
  } catch {
    return undefined;
  }
}

function readOpt(message: Buffer): DnsQuery['edns'] | 'malformed' {
  if (message.readUInt16BE(10) === 0) return undefined;
  try {
    const found = (decode(message).additionals ?? []).filter((record) => record.type === 'OPT');
    const [opt] = found;
    if (found.length > 1) return 'malformed';
    return opt?.type === 'OPT' ? { payloadSize: opt.udpPayloadSize, version: opt.ednsVersion } : undefined;
  } catch {
    return 'malformed';
  }
}
