/**
 * Bytes that a stream must have at each place, so that none can be lost, doubled or changed unseen.
 *
 * The stream of a seed repeats after a prime number of bytes, which no buffer's length divides.
 */

import { seededBytes } from '../../fixtures/seeded-bytes.ts';

const PERIOD = 65_521;
const next = seededBytes(20_260_101);
const TABLE = Buffer.from(Array.from({ length: PERIOD }, () => next(256)));

/** The bytes from `offset` on of the stream of `seed`. */
export function patternBytes(seed: number, offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let done = 0; done < length; ) {
    const from = placeOf(seed, offset + done);
    done += TABLE.copy(bytes, done, from, Math.min(PERIOD, from + length - done));
  }
  return bytes;
}

/** Whether these are the bytes from `offset` on of the stream of `seed`. */
export function isPattern(bytes: Buffer, seed: number, offset: number): boolean {
  for (let done = 0; done < bytes.length; ) {
    const from = placeOf(seed, offset + done);
    const length = Math.min(PERIOD - from, bytes.length - done);
    if (TABLE.compare(bytes, done, done + length, from, from + length) !== 0) return false;
    done += length;
  }
  return true;
}

function placeOf(seed: number, offset: number): number {
  return (seed * 7919 + offset) % PERIOD;
}
