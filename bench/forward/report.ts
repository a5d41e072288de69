/**
 * Samples and outcomes as tables.
 *
 * Ratios are taken within each round, as in the comparison of the data plane.
 */

import type { Metric, Values } from '../load/bench-case.ts';
import { verdictOf } from '../load/compare.ts';
import { median } from '../load/samples.ts';
import { spread, wanted } from '../load/table.ts';
import { type ForwardCase, TARGET_NAMES, type TargetName } from './cases.ts';
import type { ProgramName } from './program.ts';
import { type Outcome, TRIALS } from './trials.ts';

/** The values of one target in one round. */
export interface Sample {
  readonly case: string;
  readonly round: number;
  readonly target: TargetName;
  readonly values: Values;
}

/** One line for each metric: median and (least–most) of each target, and the ratio of svclane to kubectl. */
export function figuresTable(cases: readonly ForwardCase[], samples: readonly Sample[]): string {
  const header = ['case', 'figure', ...TARGET_NAMES, 'svclane to kubectl', 'goal; at least', 'reached'];
  return markdown(
    header,
    cases.flatMap((each) => linesOf(each, samples)),
  );
}

function linesOf({ name, title, metrics }: ForwardCase, samples: readonly Sample[]): readonly (readonly string[])[] {
  const own = samples.filter((sample) => sample.case === name);
  return metrics.map((metric) => {
    const figures = TARGET_NAMES.map((target) => figureOf(valuesOf(metric, target, own)));
    const ratio = ratioOf(metric, own);
    const [, , ours] = figures;
    const verdict = verdictOf(metric, metric.goal?.kind === 'value' ? ours?.median : ratio);
    return [
      title,
      `${metric.name}, ${metric.unit}`,
      ...figures.map((figure) => (figure ? spread(figure, metric.digits) : '–')),
      ratio === undefined ? '–' : `${ratio.toFixed(2)}×`,
      wanted(metric.goal, metric.better, metric.unit),
      verdict === '' ? '–' : verdict,
    ];
  });
}

function valuesOf({ name }: Metric, target: TargetName, samples: readonly Sample[]): ReadonlyMap<number, number> {
  const own = samples.filter((sample) => sample.target === target);
  return new Map(own.flatMap(({ round, values }) => (values[name] === undefined ? [] : [[round, values[name]]])));
}

function figureOf(
  rounds: ReadonlyMap<number, number>,
): { readonly median: number; readonly min: number; readonly max: number } | undefined {
  const values = [...rounds.values()];
  if (values.length === 0) return undefined;
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

function ratioOf(metric: Metric, samples: readonly Sample[]): number | undefined {
  const theirs = valuesOf(metric, 'kubectl', samples);
  const ratios = [...valuesOf(metric, 'svclane', samples)].map(
    ([round, value]) => value / (theirs.get(round) ?? Number.NaN),
  );
  const usable = ratios.filter(Number.isFinite);
  return usable.length === 0 ? undefined : median(usable);
}

/** One line for each trial. */
export function outcomesTable(outcomes: readonly Outcome[], idleMinutes: number): string {
  const idle = {
    name: 'idle',
    title: `${idleMinutes} idle minutes, with one silent connection`,
    counted: 'silent connections',
  };
  const lines = [...TRIALS, idle]
    .filter(({ name }) => outcomes.some(({ trial }) => trial === name))
    .map(({ name, title, counted }) => {
      const cell = (program: ProgramName): string => {
        const own = outcomes.filter((outcome) => outcome.trial === name && outcome.program === program);
        return own.length === 0 ? '–' : fate(own, counted);
      };
      return [title, cell('kubectl'), cell('svclane')];
    });
  return markdown(['what happens', 'kubectl', 'svclane'], lines);
}

function fate(outcomes: readonly Outcome[], counted: string): string {
  const survived = outcomes.every((outcome) => outcome.survived) ? 'goes on' : 'does not serve any more';
  const bad = outcomes.reduce((sum, outcome) => sum + outcome.bad, 0);
  const all = outcomes.reduce((sum, outcome) => sum + outcome.good + outcome.bad, 0);
  return counted === ''
    ? survived
    : `${survived}; ${bad.toLocaleString('en')} of ${all.toLocaleString('en')} ${counted} failed`;
}

function markdown(header: readonly string[], lines: readonly (readonly string[])[]): string {
  return [header, header.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
