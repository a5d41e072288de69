/**
 * `get -w`: what comes, what changes and what goes.
 *
 *   first list ─▶ all ADDED        then, each second:   known only there ─▶ ADDED     known only here ─▶ DELETED
 *                                                       both, and different ─▶ MODIFIED
 */

import { isRecord } from '../lib/is-record.ts';
import { cellsOf, columnsOf, formatList, isTable, type ListFormat } from './print-list.ts';
import { formatTable } from './print-table.ts';
import type { PrintedList, PrintedRow, Resource } from './resource.ts';
import { tableStyle } from './row-colors.ts';

type EventType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** What became of one row. Of one that has gone it is the last that was known. */
interface RowEvent {
  readonly type: EventType;
  readonly row: PrintedRow;
}

/** The columns that tell one row from another; where there is an ID, that alone does. */
const IDENTITY = ['NAMESPACE', 'SERVICE', 'NAME', 'PORT', 'FRONTEND', 'ENDPOINT', 'CODE'];
/** What goes on by itself is no change. */
const CLOCKS: ReadonlySet<string> = new Set(['AGE', 'LEFT']);
const CLOCK_FIELDS: ReadonlySet<string> = new Set(['ageSeconds', 'remainingSeconds']);

/** Turns one list after the other into what is to be printed. */
export class WatchPrinter {
  readonly #resource: Resource;
  readonly #format: ListFormat;
  readonly #columns: readonly string[];
  /** Rows printed later stand under those before. */
  readonly #widths: number[] = [];
  #headers: boolean;
  #known: ReadonlyMap<string, PrintedRow> | undefined;

  constructor(resource: Resource, format: ListFormat, headers: boolean) {
    this.#resource = resource;
    this.#format = format;
    this.#columns = columnsOf(resource, format);
    this.#headers = headers;
  }

  /** The text for the next list; "" = nothing happened. */
  next(list: PrintedList): string {
    const before = this.#known;
    const rows = new Map(list.rows.map((row) => [identityOf(this.#resource, row), row]));
    this.#known = rows;
    const events = this.#eventsOf(before ?? new Map<string, PrintedRow>(), rows);
    if (isTable(this.#format)) return this.#table(events);
    if (this.#format.type === 'json') return events.map(jsonLine).join('');
    if (this.#format.type === 'name') return events.map(nameLine).join('');
    if (before && events.length === 0) return '';
    const text = formatList(this.#resource, list, this.#format, false);
    if (this.#format.type === 'yaml') return before ? `---\n${text}` : text;
    return text.endsWith('\n') ? text : `${text}\n`;
  }

  #eventsOf(before: ReadonlyMap<string, PrintedRow>, after: ReadonlyMap<string, PrintedRow>): readonly RowEvent[] {
    const gone = [...before].filter(([key]) => !after.has(key)).map(([, row]) => ({ type: 'DELETED', row }) as const);
    const come = [...after].flatMap(([key, row]): RowEvent[] => {
      const old = before.get(key);
      if (!old) return [{ type: 'ADDED', row }];
      return this.#textOf(old) === this.#textOf(row) ? [] : [{ type: 'MODIFIED', row }];
    });
    return [...gone, ...come];
  }

  /** What tells a change: what is shown. */
  #textOf(row: PrintedRow): string {
    if (!isTable(this.#format)) return JSON.stringify(row.item, withoutClocks);
    return JSON.stringify(cellsOf(row, this.#format).filter((_, index) => !CLOCKS.has(this.#columns[index] ?? '')));
  }

  #table(events: readonly RowEvent[]): string {
    if (events.length === 0) return '';
    const columns = ['EVENT', ...this.#columns];
    const rows = events.map(({ type, row }) => [type, ...cellsOf(row, this.#format)]);
    const text = formatTable(this.#headers ? columns : [], rows, tableStyle(columns, this.#widths));
    this.#headers = false;
    return text;
  }
}

function identityOf({ headers }: Resource, { cells }: PrintedRow): string {
  const names = headers.includes('ID') ? ['ID'] : IDENTITY;
  return JSON.stringify(cells.filter((_, index) => names.includes(headers[index] ?? '')));
}

function withoutClocks(this: unknown, key: string, value: unknown): unknown {
  return isRecord(this) && CLOCK_FIELDS.has(key) ? undefined : value;
}

/** Source: kubectl get --output-watch-events. */
function jsonLine({ type, row }: RowEvent): string {
  return `${JSON.stringify({ type, object: row.item })}\n`;
}

function nameLine({ type, row: { name } }: RowEvent): string {
  return type === 'DELETED' ? `${name} deleted\n` : `${name}\n`;
}
