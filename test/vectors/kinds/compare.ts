/**
 * Compares what a case expects with what came, and tells the difference in one line each.
 */

import { deepEqual } from '../../../src/lib/deep-equal.ts';

/** The mismatch of one value; empty = equal. */
export function compare(what: string, actual: unknown, expected: unknown): string[] {
  if (deepEqual(actual, expected)) return [];
  return [`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`];
}

/** Compares two lists as sets of JSON values; null and a list differ. */
export function compareSets(what: string, actual: unknown, expected: unknown): string[] {
  return compare(what, sorted(actual), sorted(expected));
}

function sorted(value: unknown): unknown {
  if (!Array.isArray(value)) return value ?? null;
  const keyed = value.map((item: unknown) => ({ item, key: JSON.stringify(item) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ item }) => item);
}

/** Nothing where a case does not say what it expects of this: it lists only what is checked. */
export function ifExpected(expected: unknown, check: () => string[]): string[] {
  return expected === undefined ? [] : check();
}
