/**
 * Messages that are put together in buffers which are used again: garbage of their size is what would cost most.
 *
 *   |..room..|frame|frame|      |
 *            ROOM_BYTES    used   BUFFER_BYTES
 */

/** Every message begins with so many bytes that are not sent: they are the link's to use. */
export const ROOM_BYTES = 14;
/** The bytes of one stream that go into a message before it is another stream's turn. */
export const PART_BYTES = 65_536;
/** Four parts, with what goes with them. */
const BUFFER_BYTES = 4 * PART_BYTES + 1024;
const MAX_FREE = 4;

/** A message under way. */
export class OpenMessage {
  /** What it stands in. */
  readonly buffer: Buffer;
  #used = ROOM_BYTES;

  constructor(buffer: Buffer) {
    this.buffer = buffer;
  }

  /** The message so far, room included; a view of its buffer. */
  get bytes(): Buffer {
    return this.buffer.subarray(0, this.#used);
  }

  fits(length: number): boolean {
    return this.#used + length <= this.buffer.length;
  }

  append(bytes: Uint8Array): void {
    this.buffer.set(bytes, this.#used);
    this.#used += bytes.length;
  }
}

/** The buffers of one session. */
export class MessageBuffers {
  readonly #free: Buffer[] = [];

  /** A message that is empty. */
  open(): OpenMessage {
    return new OpenMessage(this.#free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES));
  }

  /** The message is out of this process. */
  give(message: OpenMessage): void {
    if (this.#free.length < MAX_FREE) this.#free.push(message.buffer);
  }
}
