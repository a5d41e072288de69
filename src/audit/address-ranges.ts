/**
 * Sets of addresses, written as ranges in one way or another.
 */

import { addressBytes, type Cidr, familyOf, parseCidr } from '../model/address.ts';

/** First and last address, as numbers. */
type Span = readonly [first: bigint, last: bigint];

/** Whether two lists of ranges of one family mean the same addresses. */
export function sameAddresses(a: readonly Cidr[], b: readonly Cidr[]): boolean {
  const [one, other] = [mergedSpans(a), mergedSpans(b)];
  return (
    one.length === other.length && one.every(([first, last], i) => first === other[i]?.[0] && last === other[i]?.[1])
  );
}

/** The ranges that make up all addresses from `first` to `last`, both canonical; `undefined` where that is no range. */
export function rangesBetween(first: string, last: string): readonly Cidr[] | undefined {
  const bits = familyOf(first) === 'IPv4' ? 32 : 128;
  let from = numberOf(addressBytes(first));
  const to = numberOf(addressBytes(last));
  if (familyOf(first) !== familyOf(last) || from > to) return undefined;
  const found: Cidr[] = [];
  while (from <= to) {
    let size = 0;
    while (size < bits && (from >> BigInt(size)) % 2n === 0n && from + (2n << BigInt(size)) - 1n <= to) size++;
    const range = parseCidr(`${textOf(from, bits)}/${bits - size}`);
    if (!range) return undefined;
    found.push(range);
    from += 1n << BigInt(size);
  }
  return found;
}

function mergedSpans(ranges: readonly Cidr[]): readonly Span[] {
  const merged: Span[] = [];
  for (const [first, last] of ranges.map(spanOf).sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0))) {
    const before = merged.at(-1);
    if (!before || before[1] + 1n < first) merged.push([first, last]);
    else if (last > before[1]) merged[merged.length - 1] = [before[0], last];
  }
  return merged;
}

function spanOf({ bytes, prefix }: Cidr): Span {
  const first = numberOf(bytes);
  return [first, first + (1n << BigInt(bytes.length * 8 - prefix)) - 1n];
}

function numberOf(bytes: Uint8Array): bigint {
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

function textOf(number: bigint, bits: number): string {
  const groups = bits === 32 ? { size: 8, radix: 10, mark: '.' } : { size: 16, radix: 16, mark: ':' };
  const count = bits / groups.size;
  const part = (index: number): bigint =>
    (number >> BigInt(bits - groups.size * (index + 1))) % (1n << BigInt(groups.size));
  return Array.from({ length: count }, (_, index) => part(index).toString(groups.radix)).join(groups.mark);
}
