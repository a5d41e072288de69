/**
 * Writing a reply, within the size that the client can receive.
 *
 *   header ─ question as it came ─ answers ─ authority ─ additional ─ OPT
 *
 * What does not fit is left out from the end. Where that meets an answer, TC is set, and the client comes again by TCP.
 * A record that belongs to the name of the question points to it, so that case is kept, and replies are short.
 */

import { type Answer, encode } from 'dns-packet';
import type { NameRecord } from '../routing/names/name-answer.ts';
import { type BadQuery, type DnsQuery, HEADER_BYTES, RCODES, type Rcode } from './dns-query.ts';

/** What we can receive by UDP ourselves: no fragments on any usual network. */
const OWN_PAYLOAD_SIZE = 1232;
/** More than this is not sent by UDP, whatever the client says. */
const MAX_UDP_BYTES = 4096;
const MIN_UDP_BYTES = 512;
const MAX_TCP_BYTES = 65_535;
/** Seconds. Addresses change with the cluster, and asking again costs nothing. */
const TTL = 5;

const FLAGS = { response: 0x8000, authoritative: 0x0400, truncated: 0x0200, wanted: 0x0100, available: 0x0080 };
const POINTER_TO_QUESTION = Buffer.from([0xc0, HEADER_BYTES]);

/** What a reply has to say. `recursion` = the server can ask others. */
export interface ReplyContent {
  readonly rcode: Rcode;
  readonly authoritative: boolean;
  readonly recursion: boolean;
  readonly answers: readonly NameRecord[];
  readonly authority: readonly NameRecord[];
  readonly additional: readonly NameRecord[];
}

/** The reply to a query that is not understood: a header alone. */
export function errorReply({ id, flags, rcode }: BadQuery): Buffer {
  return headerOf(id, FLAGS.response | (flags & (0x7800 | FLAGS.wanted)) | rcode, [0, 0, 0, 0]);
}

/** The reply to a query. */
export function writeReply(query: DnsQuery, content: ReplyContent, isTcp: boolean): Buffer {
  const opt = query.edns ? [optOf(content.rcode)] : [];
  let room = sizeLimit(query, isTcp) - HEADER_BYTES - query.questionBytes.length - byteLength(opt);
  const asked = query.question.name.toLowerCase();
  const [answers, authority, additional] = [content.answers, content.authority, content.additional].map((records) => {
    const fitting = takeFitting(records, asked, room);
    room -= byteLength(fitting);
    return fitting;
  });
  const sections = [answers ?? [], authority ?? [], [...(additional ?? []), ...opt]];
  const isCut = !isTcp && (answers?.length ?? 0) < content.answers.length;
  const header = headerOf(query.id, replyFlags(query, content, isCut), [1, ...sections.map(({ length }) => length)]);
  return Buffer.concat([header, query.questionBytes, ...sections.flat()]);
}

/** The same reply under another id. */
export function withId(message: Buffer, id: number): Buffer {
  const copy = Buffer.from(message);
  copy.writeUInt16BE(id, 0);
  return copy;
}

function sizeLimit({ edns }: DnsQuery, isTcp: boolean): number {
  if (isTcp) return MAX_TCP_BYTES;
  return edns ? Math.min(MAX_UDP_BYTES, Math.max(MIN_UDP_BYTES, edns.payloadSize)) : MIN_UDP_BYTES;
}

function replyFlags({ flags }: DnsQuery, { rcode, authoritative, recursion }: ReplyContent, isCut: boolean): number {
  return (
    FLAGS.response |
    (authoritative ? FLAGS.authoritative : 0) |
    (isCut ? FLAGS.truncated : 0) |
    (flags & FLAGS.wanted) |
    (recursion ? FLAGS.available : 0) |
    (rcode & 0xf)
  );
}

function headerOf(id: number, flags: number, counts: readonly number[]): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  for (const [at, value] of [id, flags, ...counts].entries()) header.writeUInt16BE(value, at * 2);
  return header;
}

function takeFitting(records: readonly NameRecord[], asked: string, room: number): Buffer[] {
  const taken: Buffer[] = [];
  let left = room;
  for (const record of records) {
    const bytes = recordBytes(record, asked);
    if (bytes === undefined) continue;
    left -= bytes.length;
    if (left < 0) break;
    taken.push(bytes);
  }
  return taken;
}

/** One record; `undefined` = it has a name that no message can hold. */
function recordBytes(record: NameRecord, asked: string): Buffer | undefined {
  if (!namesOf(record).every(isEncodable)) return undefined;
  const isAsked = record.name === asked;
  const bytes = encode({ answers: [answerOf(record, isAsked ? '.' : record.name)] }).subarray(HEADER_BYTES);
  return isAsked ? Buffer.concat([POINTER_TO_QUESTION, bytes.subarray(1)]) : bytes;
}

function namesOf(record: NameRecord): readonly string[] {
  return 'target' in record ? [record.name, record.target] : [record.name];
}

function isEncodable(name: string): boolean {
  const labels = name.split('.');
  return Buffer.byteLength(name) <= 253 && labels.every((label) => label !== '' && Buffer.byteLength(label) <= 63);
}

function answerOf(record: NameRecord, name: string): Answer {
  const common = { name, ttl: TTL };
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return { ...common, type: record.type, data: record.address };
    case 'SRV': {
      const { target, port, priority, weight } = record;
      return { ...common, type: 'SRV', data: { target, port, priority, weight } };
    }
    case 'TXT':
      return { ...common, type: 'TXT', data: record.text };
    case 'SOA': {
      const { nameServer: mname, mailbox: rname, serial } = record;
      const times = { refresh: 7200, retry: 1800, expire: 86_400, minimum: TTL };
      return { ...common, type: 'SOA', data: { mname, rname, serial: serial % 2 ** 32, ...times } };
    }
    default:
      return { ...common, type: record.type, data: record.target };
  }
}

function optOf(rcode: Rcode): Buffer {
  const fields = { udpPayloadSize: OWN_PAYLOAD_SIZE, extendedRcode: rcode >> 4, ednsVersion: 0, flags: 0 };
  const opt: Answer = { type: 'OPT', name: '.', ...fields, flag_do: false, options: [] };
  return encode({ additionals: [opt] }).subarray(HEADER_BYTES);
}

function byteLength(parts: readonly Buffer[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

/** What a query of our own for a name looks like. */
export function writeQuery(name: string, type: 'A' | 'AAAA'): Buffer {
  return encode({ type: 'query', flags: FLAGS.wanted, questions: [{ name, type }] });
}

/** Whether the reply says that there is no such name. */
export function isUnknownName(message: Buffer): boolean {
  return message.length >= HEADER_BYTES && (message.readUInt16BE(2) & 0xf) === RCODES.NXDOMAIN;
}
