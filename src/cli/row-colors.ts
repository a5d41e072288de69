/**
 * The colours of cells: what is well, what needs a look, what is wrong.
 */

import { type Paint, paintFor, type Style } from './paint.ts';
import type { TableStyle } from './print-table.ts';

type CellRule = readonly [pattern: RegExp, style: Style];

const STATES: readonly CellRule[] = [
  [/^(listening|ready|Routed)$/, 'green'],
  [/^(idle|terminating|not ready|serving)\b/, 'yellow'],
  [/^failed\b|^[A-Z]+(_[A-Z]+)+$/, 'red'],
];

const COUNTS: readonly CellRule[] = [
  [/^0\/0$/, 'yellow'],
  [/^0\/\d+$/, 'red'],
  [/^(\d+)\/\1$/, 'green'],
  [/^\d+\/\d+$/, 'yellow'],
];

const RULES: Readonly<Record<string, readonly CellRule[]>> = {
  STATE: STATES,
  STATUS: STATES,
  CODE: [[/./, 'yellow']],
  READY: COUNTS,
  ROUTABLE: COUNTS,
  ELIGIBLE: [
    [/^yes$/, 'green'],
    [/^no$/, 'yellow'],
  ],
  EVENT: [
    [/^ADDED$/, 'green'],
    [/^MODIFIED$/, 'yellow'],
    [/^DELETED$/, 'red'],
  ],
  EJECTED: [[/^[1-9]/, 'yellow']],
  'FAIL/S': [[/[1-9]/, 'red']],
  RESULT: [
    [/^accepted$/, 'green'],
    [/^(?!skipped|<none>)./, 'red'],
  ],
};

/** How a table with these columns is printed, whether it has a header line or not. `widths` as for `formatTable`. */
export function tableStyle(
  headers: readonly string[],
  widths: number[] = [],
  paint: Paint = paintFor(process.stdout),
): TableStyle {
  return {
    widths,
    paint: (cell, column) => {
      const rule = (RULES[headers[column] ?? ''] ?? []).find(([pattern]) => pattern.test(cell));
      return rule ? paint(rule[1], cell) : cell;
    },
  };
}
