/**
 * Header blocks of SPDY/3.1: names and values, in one zlib stream for each direction of a session.
 *
 * What is sent is put into stored blocks of that stream, uncompressed: valid for whoever inflates it, made without
 * a compressor, at a cost of some 80 bytes for each stream opened. The protocol's dictionary has a use for compressed
 * blocks alone, so the stream says that it has none. What is received is not read at all: nothing that matters to
 * port-forward is in a reply's headers.
 *
 * Source: SPDY Protocol, Draft 3.1, section 2.6.10; RFC 1950, 2.2; RFC 1951, 3.2.4.
 */

/** CM 8, a window of 32 KiB, no dictionary. */
const ZLIB_HEADER = Buffer.from([0x78, 0x01]);
/** An empty stored block: an inflater gives out all that came before it. */
const SYNC = Buffer.from([0x00, 0x00, 0x00, 0xff, 0xff]);

/** Writes the header blocks of one session, in the order in which their frames are sent. */
export class HeaderBlockWriter {
  #begun = false;

  /** Names are lower case; the whole has less than 65,536 bytes. */
  write(headers: Readonly<Record<string, string>>): Buffer {
    const block = nameValueBlock(headers);
    const stored = Buffer.from([0, 0, 0, 0, 0]);
    stored.writeUInt16LE(block.length, 1);
    stored.writeUInt16LE(~block.length & 0xffff, 3);
    const parts = [stored, block, SYNC];
    if (!this.#begun) parts.unshift(ZLIB_HEADER);
    this.#begun = true;
    return Buffer.concat(parts);
  }
}

function nameValueBlock(headers: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(headers);
  const parts = [length(entries.length)];
  for (const text of entries.flat()) {
    const bytes = Buffer.from(text, 'latin1');
    parts.push(length(bytes.length), bytes);
  }
  return Buffer.concat(parts);
}

function length(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
