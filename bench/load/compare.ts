/**
 * Comparison: medians and spread of each target, and the ratio of svclane to the better peer.
 *
 * A ratio is taken within each round, since the machine drifts from round to round more than proxies differ; the median
 * of these is what counts. The better peer is the one with the better median.
 */

import type { BenchCase, Metric } from './bench-case.ts';
import { median, type Sample } from './samples.ts';
import { TARGET_NAMES, type TargetName, WORKER_TARGET_NAMES } from './target.ts';

export interface Figure {
  readonly target: TargetName;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export type Verdict = 'goal' | 'at least' | 'missed' | '';

/** One metric of one case. `ratio` is `undefined` where a peer or svclane was not measured. */
export interface Row {
  readonly case: string;
  readonly title: string;
  readonly metric: Metric;
  readonly figures: readonly Figure[];
  readonly peer: TargetName | undefined;
  readonly ratio: number | undefined;
  readonly verdict: Verdict;
}

/** What a target is taken to add where the noise says that it adds nothing. */
const LEAST_ADDED = 1;

/** The rows of a case. */
export function compareCase({ name, title, metrics }: BenchCase, samples: readonly Sample[]): readonly Row[] {
  const own = samples.filter((sample) => sample.case === name);
  return metrics.map((metric) => {
    const rounds = valuesByTarget(metric, own);
    const figures = [...TARGET_NAMES, ...WORKER_TARGET_NAMES].flatMap((target) => figureOf(target, rounds.get(target)));
    const peer = betterPeer(metric, figures);
    const ratio = peer && ratioOf(rounds.get('svclane'), rounds.get(peer));
    return { case: name, title, metric, figures, peer, ratio, verdict: judge(metric, figures, ratio) };
  });
}

function valuesByTarget({ name, added }: Metric, samples: readonly Sample[]): Map<TargetName, Map<number, number>> {
  const byTarget = new Map<TargetName, Map<number, number>>();
  const base = (round: number): number =>
    samples.find((other) => other.target === 'direct' && other.round === round)?.values[name] ?? Number.NaN;
  for (const { target, round, values } of samples) {
    const value = values[name];
    if (value === undefined) continue;
    const rounds = byTarget.get(target) ?? new Map<number, number>();
    byTarget.set(target, rounds);
    const isAdded = added === true && target !== 'direct';
    rounds.set(round, isAdded ? Math.max(LEAST_ADDED, value - base(round)) : value);
  }
  return byTarget;
}

function figureOf(target: TargetName, rounds: ReadonlyMap<number, number> | undefined): readonly Figure[] {
  const values = [...(rounds?.values() ?? [])].filter(Number.isFinite);
  if (values.length === 0) return [];
  return [{ target, median: median(values), min: Math.min(...values), max: Math.max(...values) }];
}

function betterPeer({ better }: Metric, figures: readonly Figure[]): TargetName | undefined {
  const peers = figures.filter(({ target }) => target === 'haproxy' || target === 'nginx');
  const sorted = peers.toSorted((a, b) => (better === 'higher' ? b.median - a.median : a.median - b.median));
  return sorted[0]?.target;
}

function ratioOf(
  ours: ReadonlyMap<number, number> | undefined,
  theirs: ReadonlyMap<number, number> | undefined,
): number | undefined {
  const ratios = [...(ours ?? [])].flatMap(([round, value]) => {
    const other = theirs?.get(round);
    return other === undefined ? [] : [value / other];
  });
  const usable = ratios.filter(Number.isFinite);
  return usable.length === 0 ? undefined : median(usable);
}

function judge(metric: Metric, figures: readonly Figure[], ratio: number | undefined): Verdict {
  const isValue = metric.goal?.kind === 'value';
  return verdictOf(metric, isValue ? figures.find(({ target }) => target === 'svclane')?.median : ratio);
}

/** What a value, or a ratio, is worth; "" where nothing is wanted, or nothing was measured. */
export function verdictOf({ better, goal }: Metric, value: number | undefined): Verdict {
  if (goal === undefined || value === undefined) return '';
  const reaches = (wanted: number): boolean => (better === 'higher' ? value >= wanted : value <= wanted);
  if (reaches(goal.goal)) return 'goal';
  return reaches(goal.atLeast) ? 'at least' : 'missed';
}
