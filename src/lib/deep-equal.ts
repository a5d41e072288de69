/**
 * Structural equality of plain data: what tells a change from a re-delivery.
 */

/** Whether two values of plain objects, arrays, bytes and primitives are the same in content. No cycles. */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (isList(a) || isList(b)) return isList(a) && isList(b) && equalLists(a, b);
  return equalRecords(a, b);
}

/** `before` where it equals `after`, so that what did not change keeps its identity. */
export function keepEqual<T>(before: T | undefined, after: T): T {
  return before !== undefined && deepEqual(before, after) ? before : after;
}

/** A copy of `after` in which every field that equals the one of `before` is that very object. */
export function keepParts<T extends object>(before: T, after: T): T {
  const kept = { ...after };
  for (const key in kept) kept[key] = keepEqual(before[key], kept[key]);
  return kept;
}

function isList(value: object): value is readonly unknown[] | Uint8Array {
  return Array.isArray(value) || value instanceof Uint8Array;
}

function equalLists(a: readonly unknown[] | Uint8Array, b: readonly unknown[] | Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!deepEqual(a[i], b[i])) return false;
  return true;
}

function equalRecords(a: object, b: object): boolean {
  const left = new Map<string, unknown>(Object.entries(a));
  const right = Object.entries(b);
  return left.size === right.length && right.every(([key, value]) => left.has(key) && deepEqual(left.get(key), value));
}
