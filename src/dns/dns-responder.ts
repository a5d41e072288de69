/**
 * The answer to one message: ours, that of another name server, or a refusal.
 *
 *   ours ──▶ answer, NODATA or NXDOMAIN with the SOA       not ours ──▶ asked elsewhere, where that is set, else REFUSED
 *
 * Names such as `web.shop` could be somebody else's as well. Where there is another name server, it has the first word on
 * them: a namespace called like a top-level domain must not take over public names.
 */

import { decode } from 'dns-packet';
import { parseAddress } from '../model/address.ts';
import type { NameAnswer, NameRecord } from '../routing/names/name-answer.ts';
import { mayBePublic } from '../routing/names/parse-name.ts';
import { type NameSource, resolveName } from '../routing/names/resolve-name.ts';
import type { DnsForwarder } from './dns-forwarder.ts';
import { type DnsQuery, HEADER_BYTES, isBadQuery, RCODES, type Rcode, readQuery } from './dns-query.ts';
import { errorReply, isUnknownName, type ReplyContent, withId, writeQuery, writeReply } from './dns-reply.ts';

/** What answers are made from. */
export interface DnsResponderOptions {
  readonly names: () => NameSource;
  /** Absent = what is not ours is refused. */
  readonly forwarder: DnsForwarder | undefined;
}

/** Answers a message; `undefined` = it is not answered. Never rejects. */
export type DnsResponder = (message: Buffer, isTcp: boolean) => Promise<Buffer | undefined>;

/** Makes a responder. */
export function createDnsResponder({ names, forwarder }: DnsResponderOptions): DnsResponder {
  let turns = 0;

  return async (message, isTcp) => {
    const query = readQuery(message);
    if (query === undefined) return undefined;
    if (isBadQuery(query)) return errorReply(query);
    try {
      return await respond(query, isTcp);
    } catch {
      return reply(query, { rcode: RCODES.SERVFAIL }, isTcp);
    }
  };

  async function respond(query: DnsQuery, isTcp: boolean): Promise<Buffer> {
    const { name, type, isInternet } = query.question;
    if (query.edns && query.edns.version > 0) return reply(query, { rcode: RCODES.BADVERS }, isTcp);
    if (!isInternet || type === 'AXFR' || type === 'IXFR') return reply(query, { rcode: RCODES.REFUSED }, isTcp);
    const source = names();
    const found = resolveName(source, name, type);
    if (found.kind === 'elsewhere') return (await forward(query, isTcp)) ?? reply(query, failure(), isTcp);
    // Before the first table nothing is known, and "no such name" would be remembered.
    if (source.table.generation === 0) return reply(query, { rcode: RCODES.SERVFAIL }, isTcp);
    if (mayBePublic(name.toLowerCase(), source.domain)) {
      const public_ = await forward(query, isTcp);
      if (public_ !== undefined && !isUnknownName(public_)) return public_;
    }
    return reply(query, await contentOf(found, type), isTcp);
  }

  async function forward(query: DnsQuery, isTcp: boolean): Promise<Buffer | undefined> {
    const answer = await forwarder?.ask(query.message, query.questionBytes.length, isTcp);
    return answer && withId(answer, query.id);
  }

  function failure(): Partial<ReplyContent> & { readonly rcode: Rcode } {
    return { rcode: forwarder === undefined ? RCODES.REFUSED : RCODES.SERVFAIL };
  }

  async function contentOf(
    found: Exclude<NameAnswer, { kind: 'elsewhere' }>,
    type: string,
  ): Promise<Partial<ReplyContent> & { readonly rcode: Rcode }> {
    if (found.kind !== 'answer') {
      const rcode = found.kind === 'unknown' ? RCODES.NXDOMAIN : RCODES.NOERROR;
      return { rcode, authoritative: true, authority: [found.soa] };
    }
    const { records, additional, next } = found;
    const chased = next === undefined ? [] : await chase(next, type);
    return { rcode: RCODES.NOERROR, authoritative: true, answers: [...rotated(records), ...chased], additional };
  }

  /** What a name outside stands for: few programs ask again for the target of a CNAME. */
  async function chase(name: string, type: string): Promise<readonly NameRecord[]> {
    if (forwarder === undefined || (type !== 'A' && type !== 'AAAA')) return [];
    const query = writeQuery(name, type);
    const answer = await forwarder.ask(query, query.length - HEADER_BYTES, false);
    return answer === undefined ? [] : addressRecordsOf(answer);
  }

  function reply(query: DnsQuery, content: Partial<ReplyContent> & { readonly rcode: Rcode }, isTcp: boolean): Buffer {
    const none = { authoritative: false, answers: [], authority: [], additional: [] };
    return writeReply(query, { ...none, recursion: forwarder !== undefined, ...content }, isTcp);
  }

  /** Many clients take the first address: each of several is the first in turn. */
  function rotated(records: readonly NameRecord[]): readonly NameRecord[] {
    if (records.length < 2 || records.some(({ type }) => type !== 'A' && type !== 'AAAA')) return records;
    turns = (turns + 1) % 0x1_0000;
    const first = turns % records.length;
    return [...records.slice(first), ...records.slice(0, first)];
  }
}

function addressRecordsOf(message: Buffer): readonly NameRecord[] {
  const records: NameRecord[] = [];
  for (const { type, name, ...record } of decode(message).answers ?? []) {
    if (!('data' in record) || typeof record.data !== 'string') continue;
    const owner = name.toLowerCase();
    if (type === 'CNAME') records.push({ type, name: owner, target: record.data.toLowerCase() });
    const address = type === 'A' || type === 'AAAA' ? parseAddress(record.data) : undefined;
    if (address !== undefined && (type === 'A' || type === 'AAAA')) records.push({ type, name: owner, address });
  }
  return records;
}
