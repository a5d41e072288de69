/**
 * The table of `top`: its columns, its orders, and how much of it fits.
 */

import { formatBytes } from '../flow-text.ts';
import { type Paint, PLAIN } from '../paint.ts';
import { formatTable } from '../print-table.ts';
import { tableStyle } from '../row-colors.ts';
import type { TopRow } from './sample.ts';

/** An order of the rows: the key that chooses it, and what it goes by; the greatest, or the first name, comes first. */
export interface TopOrder {
  readonly name: 'flows' | 'new' | 'in' | 'out' | 'failures' | 'latency' | 'name';
  readonly key: string;
  /** Of the column that it goes by. */
  readonly header: string;
  readonly measure: (row: TopRow) => number | string;
}

export const TOP_ORDERS: readonly TopOrder[] = [
  { name: 'flows', key: 'f', header: 'FLOWS', measure: ({ flows }) => flows },
  { name: 'new', key: 'n', header: 'NEW/S', measure: ({ newPerSecond }) => newPerSecond },
  { name: 'in', key: 'i', header: 'IN/S', measure: ({ bytesInPerSecond }) => bytesInPerSecond },
  { name: 'out', key: 'o', header: 'OUT/S', measure: ({ bytesOutPerSecond }) => bytesOutPerSecond },
  { name: 'failures', key: 'e', header: 'FAIL/S', measure: ({ failuresPerSecond }) => failuresPerSecond },
  { name: 'latency', key: 'l', header: 'P99', measure: ({ connectP99Ms }) => connectP99Ms ?? -1 },
  { name: 'name', key: 's', header: 'SERVICE', measure: ({ namespace, service }) => `${namespace}/${service}` },
];

const HEADERS = ['NAMESPACE', 'SERVICE', 'FLOWS', 'NEW/S', 'IN/S', 'OUT/S', 'FAIL/S', 'P50', 'P99', 'READY', 'EJECTED'];

/** The rows in an order; what is equal is by name. */
export function sortTop(rows: readonly TopRow[], { measure }: TopOrder, reversed: boolean): readonly TopRow[] {
  const sign = reversed ? -1 : 1;
  return rows.toSorted((a, b) => sign * compare(measure(a), measure(b)) || compare(nameOf(a), nameOf(b)));
}

/** The greatest number first, the first name first. */
function compare(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') return b - a;
  return a < b ? -1 : a > b ? 1 : 0;
}

function nameOf({ namespace, service }: TopRow): string {
  return `${namespace}/${service}`;
}

/** How the table is shown. */
export interface TopStyle {
  readonly order: TopOrder;
  readonly headers: boolean;
  readonly paint?: Paint;
}

/** The lines; the header of the order's column bears a mark. */
export function formatTop(rows: readonly TopRow[], { order, headers, paint = PLAIN }: TopStyle): string {
  const marked = HEADERS.map((header) => (header === order.header ? `${header}*` : header));
  return formatTable(headers ? marked : [], rows.map(cellsOf), tableStyle(HEADERS, [], paint));
}

function cellsOf(row: TopRow): readonly string[] {
  return [
    row.namespace,
    row.service,
    String(row.flows),
    formatRate(row.newPerSecond),
    formatBytes(row.bytesInPerSecond),
    formatBytes(row.bytesOutPerSecond),
    formatRate(row.failuresPerSecond),
    formatMs(row.connectP50Ms),
    formatMs(row.connectP99Ms),
    `${row.routable}/${row.total}`,
    String(row.ejected),
  ];
}

function formatRate(perSecond: number): string {
  return perSecond === 0 || perSecond >= 10 ? String(Math.round(perSecond)) : perSecond.toFixed(1);
}

/** Latencies are counted in classes: what is shown is the upper bound of one. */
function formatMs(ms: number | undefined): string {
  return ms === undefined ? '-' : `≤${ms}ms`;
}
