/**
 * Reading parsed JSON whose shape nobody vouches for.
 */

import { isRecord } from '../../lib/is-record.ts';
export type JsonObject = Readonly<Record<string, unknown>>;

/** A field of an object; `undefined` where the value is no object or lacks the field. */
export function fieldOf(value: unknown, name: string): unknown {
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** A string as it is, anything else as "". */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The items of an array; none where the value is no array. */
export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
