/**
 * A list in the forms that `get` prints.
 */

import { stringify } from 'yaml';
import { SvclaneError } from '../errors.ts';
import { compileJsonPath } from './json-path.ts';
import { formatTable } from './print-table.ts';
import type { PrintedList, PrintedRow, Resource } from './resource.ts';
import { tableStyle } from './row-colors.ts';

const FORMATS = ['wide', 'json', 'yaml', 'name'];
const JSON_PATH = 'jsonpath=';

/** What `-o` asks for; `table` = nothing was asked for. */
export type ListFormat =
  | { readonly type: 'table' | 'wide' | 'json' | 'yaml' | 'name' }
  | { readonly type: 'jsonpath'; readonly render: (document: unknown) => string };

/** Throws `SVL_USAGE`, also for a template that cannot be read. */
export function parseListFormat(output: string | undefined): ListFormat {
  if (output === undefined) return { type: 'table' };
  if (output === 'wide' || output === 'json' || output === 'yaml' || output === 'name') return { type: output };
  if (output.startsWith(JSON_PATH))
    return { type: 'jsonpath', render: compileJsonPath(output.slice(JSON_PATH.length)) };
  throw new SvclaneError('SVL_USAGE', `unknown output format "${output}"`, {
    hint: `use one of ${FORMATS.join(', ')}, ${JSON_PATH}TEMPLATE`,
  });
}

/** Whether it is a table, for people. */
export function isTable({ type }: ListFormat): boolean {
  return type === 'table' || type === 'wide';
}

/** The list as a whole. */
export function formatList(resource: Resource, list: PrintedList, format: ListFormat, headers: boolean): string {
  const { document, rows } = list;
  switch (format.type) {
    case 'json':
      return `${JSON.stringify(document, null, 2)}\n`;
    case 'yaml':
      return stringify(document);
    case 'name':
      return rows.map(({ name }) => `${name}\n`).join('');
    case 'jsonpath':
      return format.render(document);
    default:
      return rows.length === 0 ? '' : formatRows(resource, rows, format, headers);
  }
}

function formatRows(resource: Resource, rows: readonly PrintedRow[], format: ListFormat, headers: boolean): string {
  const all = columnsOf(resource, format);
  const cells = rows.map((row) => cellsOf(row, format));
  return formatTable(headers ? all : [], cells, tableStyle(all));
}

/** The headers of a table. */
export function columnsOf({ headers, wideHeaders }: Resource, { type }: ListFormat): readonly string[] {
  return type === 'wide' ? [...headers, ...wideHeaders] : headers;
}

/** A row under them. */
export function cellsOf({ cells, wideCells }: PrintedRow, { type }: ListFormat): readonly string[] {
  return type === 'wide' ? wideCells : cells;
}
