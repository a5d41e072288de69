/**
 * What the fault suite tells: lines while it goes, and the table of docs/faults.md.
 */

import { type Check, hasPassed, type Outcome } from './scenario.ts';

/** The lines of one outcome. */
export function textOf(outcome: Outcome): string {
  const { name, title, seconds, figures, checks } = outcome;
  const mark = hasPassed(outcome) ? 'ok    ' : 'FAILED';
  const lines = [`${mark} ${name}: ${title} (${seconds} s)`, ...figures.map((figure) => `         ${figure}`)];
  return [...lines, ...checks.filter(({ ok }) => !ok).map((check) => `       ! ${sentence(check)}`)].join('\n');
}

/** The table, with what did not hold. Scenarios that were not run keep the row that they have in `before`. */
export function markdownOf(outcomes: readonly Outcome[], before: string, titles: readonly string[]): string {
  const rows = titles.map((title) => {
    const outcome = outcomes.find((each) => each.title === title);
    return outcome === undefined ? before.split('\n').find((row) => row.startsWith(`| ${title} |`)) : rowOf(outcome);
  });
  const head = ['| fault | counts in and out | checks that held | run |', '|---|---|---|---|'];
  return [...head, ...rows.filter((row) => row !== undefined)].join('\n');
}

function rowOf({ title, form, date, seconds, figures, checks }: Outcome): string {
  const kept = checks.filter(({ ok }) => ok).length;
  const broken = checks.filter(({ ok }) => !ok).map((check) => `**${sentence(check)}**`);
  const held = `${kept} of ${checks.length}`;
  const cells = [title, [...figures, ...broken].join('; '), held, `${date}, ${form}, ${seconds} s`];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function sentence({ what, found }: Check): string {
  return found === '' ? what : `${what}: ${found}`;
}
