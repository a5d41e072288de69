/**
 * Tables as kubectl prints them: upper-case headers, three spaces between columns, no borders.
 */

import { printable } from './printable.ts';

/** How a table is printed beyond its words. */
export interface TableStyle {
  /** The least width of each column; wider ones are entered, so that rows printed later stand under those before. */
  readonly widths?: number[];
  /** Paints a cell that is not blank, for a terminal; what is seen has to stay the same. */
  readonly paint?: (cell: string, column: number) => string;
}

/** Rows under headers, each column as wide as its widest cell; an empty cell is `<none>`. `headers` empty = no header line. */
export function formatTable(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  { widths = [], paint = (cell) => cell }: TableStyle = {},
): string {
  const filled = rows.map((row) => row.map((cell) => (cell === '' ? '<none>' : printable(cell))));
  const lines = headers.length === 0 ? filled : [headers, ...filled];
  for (const line of lines) {
    for (const [column, cell] of line.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  const format = (line: readonly string[], paintCell = paint): string =>
    line.map((cell, column) => `${paintCell(cell, column)}${gapOf(line, column, widths)}`).join('');
  const body = filled.map((line) => `${format(line).trimEnd()}\n`).join('');
  return headers.length === 0 ? body : `${format(headers, (cell) => cell).trimEnd()}\n${body}`;
}

/** What stands between a cell and the next. */
function gapOf(line: readonly string[], column: number, widths: readonly number[]): string {
  const isLast = column === line.length - 1;
  return isLast ? '' : ' '.repeat((widths[column] ?? 0) + 3 - (line[column] ?? '').length);
}

/** An age, rounded down: `3s`, `5m12s`, `2h04m`, `4d`. The page writes it the same way. */
export function formatAge(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const minutes = Math.floor(whole / 60);
  const hours = Math.floor(minutes / 60);
  if (minutes < 1) return `${whole}s`;
  if (hours < 1) return `${minutes}m${twoDigits(whole % 60)}s`;
  return hours < 24 ? `${hours}h${twoDigits(minutes % 60)}m` : `${Math.floor(hours / 24)}d`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
