/**
 * `--sort-by`: rows in the order of one of their fields.
 */

import { nearest } from '../config/nearest.ts';
import { SvclaneError } from '../errors.ts';
import { compilePath } from './json-path.ts';
import type { PrintedList, PrintedRow } from './resource.ts';

/** Puts rows into another order. */
export type Order = (list: PrintedList) => PrintedList;

/** Numbers by their size, also within names: pod-9 comes before pod-10. */
const COLLATOR = new Intl.Collator('en', { numeric: true });

/**
 * The order by a field of `-o json`: `connections`, `.frontend.address`, `{.service}`. What has no such field comes last; what
 * is equal stays as it is. Throws `SVL_USAGE`, also later for a field that no row has.
 */
export function orderBy(field: string | undefined): Order {
  if (field === undefined) return (list) => list;
  const valuesOf = compilePath(/^[.{$@[]/.test(field) ? field : `.${field}`);
  return ({ document, rows }) => {
    const keyed = rows.map((row) => ({ row, value: valuesOf(row.item)[0] }));
    if (rows.length > 0 && keyed.every(({ value }) => value === undefined)) throw unknownField(field, rows);
    const sorted = keyed.toSorted((a, b) => compare(a.value, b.value)).map(({ row }) => row);
    return { document: { ...document, items: sorted.map(({ item }) => item) }, rows: sorted };
  };
}

function compare(a: unknown, b: unknown): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return typeof a === 'number' && typeof b === 'number' ? a - b : COLLATOR.compare(textOf(a), textOf(b));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function unknownField(field: string, rows: readonly PrintedRow[]): SvclaneError {
  const known = Object.keys(rows[0]?.item ?? {});
  const near = nearest(field.replace(/^[{.]+|\}$/g, ''), known);
  return new SvclaneError('SVL_USAGE', `no row has a field "${field}"`, {
    hint: near === undefined ? `known are ${known.join(', ')}` : `did you mean .${near}?`,
  });
}
