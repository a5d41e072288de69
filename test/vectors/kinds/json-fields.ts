/**
 * Reads the fields of vector cases: what has another type counts as absent.
 */

import { isRecord } from '../../../src/lib/is-record.ts';
import type { JsonRecord } from '../vector-case.ts';

/** A JSON object, or an empty one. */
export function recordOf(value: unknown): JsonRecord {
  return isRecord(value) ? value : {};
}

/** The JSON objects of a list. */
export function recordsOf(value: unknown): JsonRecord[] {
  return Array.isArray(value) ? value.map(recordOf) : [];
}

/** A string, or "". */
export function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The strings of a list. */
export function stringsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
