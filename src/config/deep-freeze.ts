/**
 * Freezes a value with all that it holds.
 */

/** The value itself, frozen all through. */
export function deepFreeze<T>(value: T): T {
  // The bytes of a CIDR cannot be frozen, and need not be: nothing writes to them.
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
