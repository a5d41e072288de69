/**
 * Rows as a Markdown table, for the terminal and for the page alike.
 */

import type { Goal } from './bench-case.ts';
import type { Figure, Row } from './compare.ts';
import { TARGET_NAMES, type TargetName, WORKER_TARGET_NAMES } from './target.ts';

/** One line for each metric: median and (least–most) of each target. */
export function markdownTable(rows: readonly Row[]): string {
  const measured = new Set(rows.flatMap(({ figures }) => figures.map(({ target }) => target)));
  const targets = [...TARGET_NAMES, ...WORKER_TARGET_NAMES.filter((target) => measured.has(target))];
  const header = ['case', 'figure', ...targets, 'svclane to the better peer', 'goal; at least', 'reached'];
  const lines = rows.map((row) => [
    row.title,
    `${row.metric.name}, ${row.metric.unit}`,
    ...targets.map((target) => cell(row, target)),
    row.ratio === undefined ? '–' : `${row.ratio.toFixed(2)}× ${row.peer}`,
    wanted(row.metric.goal, row.metric.better, row.metric.unit),
    row.verdict === '' ? '–' : row.verdict,
  ]);
  return [header, header.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function cell({ figures, metric }: Row, target: TargetName): string {
  const figure = figures.find((each) => each.target === target);
  if (figure === undefined || (target === 'direct' && metric.name.startsWith('CPU'))) return '–';
  return spread(figure, metric.digits);
}

/** `12.3 (11.0–14.2)`. */
export function spread({ median, min, max }: Omit<Figure, 'target'>, digits: number): string {
  const text = (value: number): string =>
    value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `${text(median)} (${text(min)}–${text(max)})`;
}

/** `≥ 1.5×; ≥ 1×`. */
export function wanted(goal: Goal | undefined, better: 'higher' | 'lower', unit: string): string {
  if (goal === undefined) return '–';
  const sign = better === 'higher' ? '≥' : '≤';
  const suffix = goal.kind === 'ratio' ? '×' : ` ${unit}`;
  const text = (value: number): string => `${sign} ${Number(value.toFixed(2))}${suffix}`;
  return `${text(goal.goal)}; ${text(goal.atLeast)}`;
}
