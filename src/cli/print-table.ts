/**
 * Tables as kubectl prints them: upper-case headers, three spaces between columns, no borders.
 */

import { printable } from './printable.ts';

/** Rows under headers, each column as wide as its widest cell; an empty cell is `<none>`. `headers` empty = no header line. */
export function formatTable(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const filled = rows.map((row) => row.map((cell) => (cell === '' ? '<none>' : printable(cell))));
  const lines = headers.length === 0 ? filled : [headers, ...filled];
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const format = (line: readonly string[]): string =>
    line.map((cell, column) => (column === line.length - 1 ? cell : cell.padEnd((widths[column] ?? 0) + 3))).join('');
  return lines.map((line) => `${format(line).trimEnd()}\n`).join('');
}

/** An age as kubectl prints it: the two largest units at most. `seconds` is rounded down. */
export function formatAge(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 120) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 10) return whole % 60 === 0 ? `${minutes}m` : `${minutes}m${whole % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  if (hours < 48) return `${hours}h`;
  return `${Math.floor(hours / 24)}d`;
}
