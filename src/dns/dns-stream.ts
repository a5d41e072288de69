/**
 * DNS over TCP: each message has its length in two bytes before it.
 *
 * Source: RFC 1035 section 4.2.2, RFC 7766.
 */

const LENGTH_BYTES = 2;

/** A message as it goes over TCP. */
export function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** Makes a function that takes what is read and gives the messages that are whole by it. It holds one message at most. */
export function createMessageReader(): (chunk: Buffer) => readonly Buffer[] {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    const messages: Buffer[] = [];
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + rest.readUInt16BE(0);
      if (rest.length < end) break;
      messages.push(rest.subarray(LENGTH_BYTES, end));
      rest = rest.subarray(end);
    }
    return messages;
  };
}
