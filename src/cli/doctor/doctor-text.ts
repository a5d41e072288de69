/**
 * The findings of `doctor` as lines.
 */

import { printable } from '../printable.ts';
import type { Finding, FindingState } from './finding.ts';

/** Longer messages push their next step aside. */
const WIDEST = 72;

/** A line for each finding, and a last one with the counts. */
export function formatFindings(findings: readonly Finding[]): string {
  const widths = findings.filter(({ next }) => next !== '').map(({ message }) => Math.min(WIDEST, message.length));
  const width = Math.max(0, ...widths);
  const lines = findings.map(({ state, message, next }) => {
    const tag = `[${state}]`.padEnd(8);
    return printable(next === '' ? `${tag}${message}` : `${tag}${message.padEnd(width)}   ${next}`);
  });
  return `${[...lines, summaryOf(findings)].join('\n')}\n`;
}

function summaryOf(findings: readonly Finding[]): string {
  const count = (wanted: FindingState): number => findings.filter(({ state }) => state === wanted).length;
  const warnings = count('warn');
  const parts = [
    `${count('fail')} failed`,
    `${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`,
    `${count('skip')} skipped`,
  ];
  return parts.join(', ');
}
