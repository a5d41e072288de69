/**
 * Overhead: what telemetry costs the data path, as svclane against the same program without it.
 *
 * Ratios are taken within each round, as in the comparison with peers.
 */

import type { BenchCase, Metric } from './bench-case.ts';
import { connectionsCase, requestsCase } from './cases/requests.ts';
import { udpCase } from './cases/udp.ts';
import { median, type Sample } from './samples.ts';
import type { TargetName } from './target.ts';

export const OVERHEAD_TARGETS = ['svclane', 'svclane-bare'] as const satisfies readonly TargetName[];

export const OVERHEAD_CASES: readonly BenchCase[] = [
  requestsCase(1),
  requestsCase(32),
  connectionsCase(32),
  udpCase(1),
  udpCase(50),
];

/** The share of the data path that may be lost. */
const GOAL = 0.03;

/** A table of the samples: one line for each metric. Loss above 0 = telemetry costs something. */
export function overheadTable(samples: readonly Sample[]): string {
  const head = ['case', 'figure', 'without telemetry', 'svclane', 'loss (least–most)', 'goal', 'reached'];
  const rows = OVERHEAD_CASES.flatMap((each) =>
    each.metrics.flatMap((metric) =>
      rowOf(
        each,
        metric,
        samples.filter((sample) => sample.case === each.name),
      ),
    ),
  );
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function rowOf({ title }: BenchCase, metric: Metric, samples: readonly Sample[]): readonly (readonly string[])[] {
  const [ours, bare] = OVERHEAD_TARGETS.map((target) => valuesOf(metric, target, samples));
  if (ours === undefined || bare === undefined || ours.size === 0) return [];
  const losses = [...ours].flatMap(([round, value]) => {
    const ratio = value / (bare.get(round) ?? Number.NaN);
    return Number.isFinite(ratio) ? [metric.better === 'higher' ? 1 - ratio : ratio - 1] : [];
  });
  const text = (value: number): string =>
    value.toLocaleString('en', { minimumFractionDigits: metric.digits, maximumFractionDigits: metric.digits });
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  const loss = median(losses);
  const spread = `${percent(loss)} (${percent(Math.min(...losses))} – ${percent(Math.max(...losses))})`;
  const medians = [bare, ours].map((values) => text(median([...values.values()])));
  return [[title, `${metric.name}, ${metric.unit}`, ...medians, spread, '< 3 %', loss < GOAL ? 'goal' : 'missed']];
}

function valuesOf({ name }: Metric, target: TargetName, samples: readonly Sample[]): ReadonlyMap<number, number> {
  const own = samples.filter((sample) => sample.target === target);
  return new Map(own.flatMap(({ round, values }) => (values[name] === undefined ? [] : [[round, values[name]]])));
}
