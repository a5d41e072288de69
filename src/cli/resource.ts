/**
 * What `get` can print: one kind of row of the admin API, and how it looks in a table.
 */

import type { Static, TArray, TObject } from 'typebox';
import { askDaemon } from './admin-client.ts';

/** The shape of a list in the API. */
type ListSchema<Row extends TObject> = TObject<{ items: TArray<Row> }>;

/** How a kind of row is asked for and printed. Both kinds of cells are in the order of their headers. */
export interface ResourceSpec<Row extends TObject> {
  /** As it is said on the command line: `conns`. */
  readonly name: string;
  readonly path: string;
  readonly schema: ListSchema<Row>;
  readonly headers: readonly string[];
  /** `isWide`: what is in a wide column need not be in these. */
  readonly cells: (row: Static<Row>, isWide: boolean) => readonly string[];
  /** Further columns of `-o wide`. */
  readonly wideHeaders: readonly string[];
  readonly wideCells: (row: Static<Row>) => readonly string[];
  /** `svc/web:http`, `c-41`: what `-o name` prints. */
  readonly nameOf: (row: Static<Row>) => string;
  /** Whether a named Service without any row is an error, for it must have one if it is there. */
  readonly isOfService: boolean;
}

/** One row, ready to print: as usual, and whole, as `-o wide` has it. */
export interface PrintedRow {
  readonly name: string;
  /** As it is in the document. */
  readonly item: Readonly<Record<string, unknown>>;
  readonly cells: readonly string[];
  readonly wideCells: readonly string[];
}

/** A list as it came, and as it is printed. */
export interface PrintedList {
  readonly document: Readonly<Record<string, unknown>>;
  readonly rows: readonly PrintedRow[];
}

/** A kind of row behind one face. */
export interface Resource {
  readonly name: string;
  readonly headers: readonly string[];
  readonly wideHeaders: readonly string[];
  readonly isOfService: boolean;
  /** Asks the daemon at `host`. Throws as `askDaemon`. */
  list(host: string, query: URLSearchParams): Promise<PrintedList>;
}

/** Hides the type of the rows. */
export function defineResource<Row extends TObject>(spec: ResourceSpec<Row>): Resource {
  const { name, headers, wideHeaders, isOfService } = spec;
  return {
    name,
    headers,
    wideHeaders,
    isOfService,
    async list(host, query) {
      const document = await askDaemon(host, `${spec.path}?${query}`, spec.schema);
      const rows = document.items.map((row) => {
        const wideCells = [...spec.cells(row, true), ...spec.wideCells(row)];
        return { name: spec.nameOf(row), item: { ...row }, cells: spec.cells(row, false), wideCells };
      });
      return { document: { ...document }, rows };
    },
  };
}
