/**
 * Reading fields of an API object that may be anything: what is wrong becomes a Problem and counts as absent.
 *
 * Every reader takes the record, the key and the path of the record, and reports under `path.key`. Absent and null are
 * no problem. Only own properties are read, and nothing of what is read is kept but strings, numbers and booleans.
 */

import { isRecord } from '../lib/is-record.ts';
import type { Problem, ProblemCode } from './problem.ts';

/** What decoding an object gave: the object, or `undefined` where the whole is skipped; and what was left out. */
export interface Decoded<T> {
  readonly object: T | undefined;
  readonly problems: readonly Problem[];
}

/** An object from JSON whose fields are not known. */
export type RawRecord = Readonly<Record<string, unknown>>;

/** Collects the problems of one object. */
export interface ProblemList {
  readonly problems: readonly Problem[];
  report(code: ProblemCode, path: string, message: string): void;
}

/** No name or value that routing needs is longer than this; a longer one counts as of the wrong type. */
const MAX_TEXT = 1024;

/** Beyond this many problems of one object the rest are not listed: a huge broken object stays small. */
const MAX_PROBLEMS = 100;

/** An empty list of problems. */
export function createProblemList(): ProblemList {
  const problems: Problem[] = [];
  return {
    problems,
    report(code, path, message) {
      if (problems.length < MAX_PROBLEMS) problems.push({ code, path, message });
    },
  };
}

/** The value of an own property; null reads as `undefined`. */
export function fieldOf(record: RawRecord, key: string): unknown {
  return Object.hasOwn(record, key) ? (record[key] ?? undefined) : undefined;
}

/** An object; absent or wrong = an empty one. */
export function readRecord(record: RawRecord, key: string, path: string, list: ProblemList): RawRecord {
  const value = fieldOf(record, key);
  if (isRecord(value)) return value;
  if (value !== undefined) list.report('FIELD_TYPE', join(path, key), 'must be an object');
  return {};
}

/** A list; absent or wrong = an empty one. */
export function readList(record: RawRecord, key: string, path: string, list: ProblemList): readonly unknown[] {
  const value = fieldOf(record, key);
  if (Array.isArray(value)) return value;
  if (value !== undefined) list.report('FIELD_TYPE', join(path, key), 'must be a list');
  return [];
}

/** The objects of a list with their places in it; what is no object is reported and left out. */
export function readRecords(
  record: RawRecord,
  key: string,
  path: string,
  list: ProblemList,
): { readonly index: number; readonly path: string; readonly entry: RawRecord }[] {
  const found = [];
  for (const [index, entry] of readList(record, key, path, list).entries()) {
    const at = `${join(path, key)}[${index}]`;
    if (isRecord(entry)) found.push({ index, path: at, entry });
    else list.report('FIELD_TYPE', at, 'must be an object');
  }
  return found;
}

/** The strings of a list with their paths; what is no string is reported and left out. */
export function readTexts(
  record: RawRecord,
  key: string,
  path: string,
  list: ProblemList,
): { readonly path: string; readonly text: string; readonly index: number }[] {
  const found = [];
  for (const [index, entry] of readList(record, key, path, list).entries()) {
    const at = `${join(path, key)}[${index}]`;
    const text = checkText(entry, at, list);
    if (text !== undefined) found.push({ path: at, text, index });
  }
  return found;
}

/** A string; `undefined` = absent or wrong. */
export function readText(record: RawRecord, key: string, path: string, list: ProblemList): string | undefined {
  const value = fieldOf(record, key);
  return value === undefined ? undefined : checkText(value, join(path, key), list);
}

/** A boolean; absent or wrong = the default. */
export function readBoolean(record: RawRecord, key: string, path: string, list: ProblemList, absent: boolean): boolean {
  const value = fieldOf(record, key);
  if (typeof value === 'boolean') return value;
  if (value !== undefined) list.report('FIELD_TYPE', join(path, key), 'must be true or false');
  return absent;
}

/** One of the known values; absent = the first of them; unknown = the first of them, and reported. */
export function readChoice<T extends string>(
  record: RawRecord,
  key: string,
  path: string,
  list: ProblemList,
  choices: readonly [T, ...T[]],
): T {
  const text = readText(record, key, path, list);
  if (text === undefined || text === '') return choices[0];
  const known = choices.find((choice) => choice === text);
  if (known === undefined) list.report('VALUE_UNKNOWN', join(path, key), `must be one of ${choices.join(', ')}`);
  return known ?? choices[0];
}

/** Whether a value is a port number, 1 to 65535. */
export function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65535;
}

/** `spec` and `ports` → `spec.ports`. */
export function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function checkText(value: unknown, path: string, list: ProblemList): string | undefined {
  if (typeof value === 'string' && value.length <= MAX_TEXT) return value;
  list.report('FIELD_TYPE', path, `must be a string of at most ${MAX_TEXT} characters`);
  return undefined;
}
