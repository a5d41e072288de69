/**
 * The header of the PROXY protocol at the beginning of a stream, as a backend reads it: byte by byte if need be.
 *
 * Source: HAProxy's proxy-protocol.txt, sections 2.1 and 2.2.
 */

export type HeaderVersion = 'v1' | 'v2';

const V1 = /^PROXY TCP4 \d+\.\d+\.\d+\.\d+ \d+\.\d+\.\d+\.\d+ \d+ \d+\r\n$/;
const V1_LONGEST = 107;
const V2_SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const V2_FIXED = 16;
/** Version 2, command PROXY; TCP over IPv4. */
const V2_TCP4 = Buffer.from([0x21, 0x11]);

/** Of one stream. */
export class HeaderReader {
  /** Of the header; 0 = not read yet. */
  length = 0;
  readonly #version: HeaderVersion;
  #seen: Buffer = Buffer.alloc(0);

  constructor(version: HeaderVersion) {
    this.#version = version;
  }

  /** What of a chunk comes after the header. */
  read(chunk: Buffer): Buffer | 'wrong' {
    if (this.length > 0) return chunk;
    this.#seen = Buffer.concat([this.#seen, chunk]);
    const length = this.#version === 'v1' ? lengthOfV1(this.#seen) : lengthOfV2(this.#seen);
    if (length === 'wrong') return length;
    if (length === undefined) return Buffer.alloc(0);
    this.length = length;
    return this.#seen.subarray(length);
  }
}

/** `undefined` = more is to come. */
function lengthOfV1(seen: Buffer): number | 'wrong' | undefined {
  const end = seen.indexOf('\r\n') + 2;
  if (end < 2) return seen.length > V1_LONGEST ? 'wrong' : undefined;
  return V1.test(seen.toString('latin1', 0, end)) ? end : 'wrong';
}

function lengthOfV2(seen: Buffer): number | 'wrong' | undefined {
  if (seen.length < V2_FIXED) return undefined;
  if (!seen.subarray(0, 12).equals(V2_SIGNATURE) || !seen.subarray(12, 14).equals(V2_TCP4)) return 'wrong';
  const length = V2_FIXED + seen.readUInt16BE(14);
  return seen.length < length ? undefined : length;
}
