/**
 * The check of the entries of a list against one schema.
 */

import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';

/** From so many entries on it pays to compile the schema. */
const LONG_LIST = 50;

type EntryCheck<Schema extends TSchema> = (value: unknown) => value is Static<Schema>;

/**
 * A function that says whether an entry holds against the schema, for a list of `length` entries. To walk through the schema for each entry
 * takes ten times the memory of the entry, which is much where there are thousands; to compile it takes some milliseconds, which
 * is much where there are few.
 */
export function entryCheck<Schema extends TSchema>(schema: Schema, length: number): EntryCheck<Schema> {
  const compiled = length > LONG_LIST ? Compile(schema) : undefined;
  return (value): value is Static<Schema> => compiled?.Check(value) ?? Value.Check(schema, value);
}
