/**
 * Frames of SPDY/3.1, written: each function gives the bytes of one frame.
 *
 * ```
 *   control  |1| version 3 (15) | type (16) | flags (8) | length (24) | …
 *   data     |0| stream id (31)             | flags (8) | length (24) | bytes
 * ```
 *
 * Source: SPDY Protocol, Draft 3.1, section 2.
 */

/** The types of control frames. */
export const FRAME_TYPE = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

/** The sender of this frame sends nothing more on the stream. */
export const FLAG_FIN = 1;
export const FRAME_HEADER_BYTES = 8;
export const SPDY_VERSION = 3;

/** How many bytes a stream may receive before its first WINDOW_UPDATE, where SETTINGS says nothing else. */
export const DEFAULT_WINDOW = 65_536;

/** Why a stream is reset. */
export const RST_STATUS = { protocolError: 1, refusedStream: 3, cancel: 5, flowControlError: 7 } as const;

/** The id of the initial window size among settings. */
export const SETTING_INITIAL_WINDOW = 7;

/** Opens a stream. `headers` is a compressed header block. */
export function synStreamFrame(streamId: number, headers: Buffer, fin: boolean): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt32BE(streamId, 0);
  return controlFrame(FRAME_TYPE.synStream, fin ? FLAG_FIN : 0, [fixed, headers]);
}

/** Accepts a stream. */
export function synReplyFrame(streamId: number, headers: Buffer): Buffer {
  return controlFrame(FRAME_TYPE.synReply, 0, [words(streamId), headers]);
}

/** Ends a stream at once, both ways; `status` is one of {@link RST_STATUS}. */
export function rstStreamFrame(streamId: number, status: number): Buffer {
  return controlFrame(FRAME_TYPE.rstStream, 0, [words(streamId, status)]);
}

/** Says how many bytes each stream may send before it is given more. */
export function initialWindowFrame(bytes: number): Buffer {
  return controlFrame(FRAME_TYPE.settings, 0, [words(1, SETTING_INITIAL_WINDOW, bytes)]);
}

/** Asks for an answer with the same id: odd from the client, even from the server. */
export function pingFrame(id: number): Buffer {
  return controlFrame(FRAME_TYPE.ping, 0, [words(id)]);
}

/** No streams are accepted any more; those up to `lastStreamId` go on. */
export function goAwayFrame(lastStreamId: number): Buffer {
  return controlFrame(FRAME_TYPE.goAway, 0, [words(lastStreamId, 0)]);
}

/** Lets the other side send so many bytes more on a stream. */
export function windowUpdateFrame(streamId: number, bytes: number): Buffer {
  return controlFrame(FRAME_TYPE.windowUpdate, 0, [words(streamId, bytes)]);
}

/** What precedes `length` bytes of data. */
export function dataFrameHeader(streamId: number, length: number, fin: boolean): Buffer {
  return words(streamId, ((fin ? FLAG_FIN : 0) << 24) | length);
}

function controlFrame(type: number, flags: number, parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const header = words((0x8000 | SPDY_VERSION) * 0x10000 + type, (flags << 24) | length);
  return Buffer.concat([header, ...parts], FRAME_HEADER_BYTES + length);
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 4);
  values.forEach((value, i) => {
    bytes.writeUInt32BE(value, i * 4);
  });
  return bytes;
}
