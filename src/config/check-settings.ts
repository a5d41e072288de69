/**
 * A value held against the schema: all problems at once, each in words that say what would be right.
 */

import { type TArray, type TObject, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { isRecord } from '../lib/is-record.ts';
import type { SettingPath } from './config-problem.ts';
import { entryCheck } from './entry-check.ts';
import { nearest } from './nearest.ts';

/** `at` says which of the two is to blame for what is at `path`: the key itself, or its value. */
export interface SettingProblem {
  readonly path: SettingPath;
  readonly at: 'key' | 'value';
  readonly message: string;
}

/** `value` is what was right of the input; what was wrong or null is left out of it. A list is whole or left out. */
export interface CheckedSettings {
  readonly value: unknown;
  readonly problems: readonly SettingProblem[];
}

interface Check {
  readonly root: TSchema;
  readonly problems: SettingProblem[];
}

/**
 * Checks any part of the settings. No key is required but those of list entries. null counts as absent, as in the
 * Kubernetes API: a key whose children are all commented out.
 */
export function checkSettings(schema: TObject, value: unknown): CheckedSettings {
  const check = { root: schema, problems: [] };
  return { value: checkNode(check, schema, value, []), problems: check.problems };
}

function checkNode(check: Check, schema: TSchema, value: unknown, path: SettingPath): unknown {
  if (Type.IsObject(schema)) return checkObject(check, schema, value, path);
  if (Type.IsArray(schema)) return checkList(check, schema, value, path);
  if (Value.Check(schema, value)) return value;
  check.problems.push({ path, at: 'value', message: expectation(schema, value) });
  return undefined;
}

function checkObject(check: Check, schema: TObject, value: unknown, path: SettingPath): unknown {
  const known = Object.keys(schema.properties);
  if (!isRecord(value)) {
    check.problems.push({ path, at: 'value', message: `expected keys (${known.join(', ')}), not ${describe(value)}` });
    return undefined;
  }
  const result: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    const property = Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined;
    if (!property)
      check.problems.push({ path: [...path, key], at: 'key', message: unknownKey(check.root, known, key) });
    else if (inner !== null) {
      const checked = checkNode(check, property, inner, [...path, key]);
      if (checked !== undefined) result[key] = checked;
    }
  }
  if (path.some((part) => typeof part === 'number')) checkRequired(check, schema, value, path);
  return result;
}

/** Within a list nothing can be filled in from elsewhere: an entry is complete by itself. */
function checkRequired(
  check: Check,
  schema: TObject,
  value: Readonly<Record<string, unknown>>,
  path: SettingPath,
): void {
  for (const key of schema.required ?? []) {
    if (value[key] !== undefined && value[key] !== null) continue;
    const property = schema.properties[key];
    const message = `"${key}" is missing: expected ${property && expectedOf(property)}`;
    check.problems.push({ path, at: 'value', message });
  }
}

function checkList(check: Check, schema: TArray, value: unknown, path: SettingPath): unknown {
  if (!Array.isArray(value)) {
    check.problems.push({ path, at: 'value', message: expectation(schema, value) });
    return undefined;
  }
  const before = check.problems.length;
  const isRight = entryCheck(schema.items, value.length);
  const entries = value.map((entry: unknown, index) => {
    return isRight(entry) ? entry : checkNode(check, schema.items, entry, [...path, index]);
  });
  if (check.problems.length > before) return undefined;
  if (Value.Check(listAlone(schema), entries)) return entries;
  check.problems.push({ path, at: 'value', message: `expected ${expectedOf(schema)}` });
  return undefined;
}

/** What holds for the list as a whole: its entries have been checked, one by one. Refinements are not enumerable. */
function listAlone(schema: TArray): TSchema {
  const items = { value: Type.Unknown(), enumerable: true };
  return Object.defineProperties({}, { ...Object.getOwnPropertyDescriptors(schema), items });
}

function expectation(schema: TSchema, value: unknown): string {
  const words = Type.IsEnum(schema) ? schema.enum.map(String) : [];
  const meant = typeof value === 'string' ? nearest(value, words) : undefined;
  const hint = meant === undefined ? '' : `: did you mean ${meant}?`;
  return `expected ${expectedOf(schema)}, not ${describe(value)}${hint}`;
}

function expectedOf(schema: TSchema): string {
  if (Type.IsObject(schema)) return `keys (${Object.keys(schema.properties).join(', ')})`;
  return 'expected' in schema ? String(schema.expected) : 'another value';
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (isRecord(value)) return 'a mapping';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function unknownKey(root: TSchema, known: readonly string[], key: string): string {
  const meant = nearest(key, known);
  if (meant !== undefined) return `unknown key: did you mean ${meant}?`;
  const elsewhere = pathsOf(root).find((path) => path.split('.').at(-1) === key);
  if (elsewhere !== undefined) return `unknown key here: it belongs at ${elsewhere}`;
  return `unknown key: known here are ${known.join(', ')}`;
}

/** The path of every key that is not within a list. */
function pathsOf(schema: TSchema, path = ''): readonly string[] {
  if (!Type.IsObject(schema)) return [path];
  const inner = Object.entries(schema.properties).flatMap(([key, property]) =>
    pathsOf(property, path === '' ? key : `${path}.${key}`),
  );
  return path === '' ? inner : [path, ...inner];
}
