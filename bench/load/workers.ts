/**
 * Workers: what more event loops bring, as svclane against itself with one.
 *
 * Ratios are taken within each round, as in the comparison with peers.
 */

import type { BenchCase, Metric } from './bench-case.ts';
import { bulkCase } from './cases/bulk.ts';
import { connectionsCase, requestsCase } from './cases/requests.ts';
import { udpCase } from './cases/udp.ts';
import { median, type Sample } from './samples.ts';
import type { TargetName } from './target.ts';

/** The first is what the others are compared with. */
export const WORKER_TARGETS = ['svclane', 'svclane-2', 'svclane-4'] as const satisfies readonly TargetName[];

export const WORKER_CASES: readonly BenchCase[] = [
  connectionsCase(32),
  requestsCase(32),
  requestsCase(1000),
  bulkCase(16, 'up'),
  bulkCase(16, 'down'),
  udpCase(50),
];

/** A table of the samples: one line for each metric. */
export function workersTable(samples: readonly Sample[]): string {
  const head = ['case', 'figure', '1 worker', '2 workers', '4 workers', '2 to 1 (least–most)', '4 to 1 (least–most)'];
  const measured = WORKER_CASES.filter(({ name }) => samples.some((sample) => sample.case === name));
  const rows = measured.flatMap((each) =>
    each.metrics.map((metric) =>
      rowOf(
        each,
        metric,
        samples.filter((sample) => sample.case === each.name),
      ),
    ),
  );
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function rowOf({ title }: BenchCase, metric: Metric, samples: readonly Sample[]): readonly string[] {
  const [one, ...more] = WORKER_TARGETS.map((target) => valuesOf(metric, target, samples));
  const medians = [one, ...more].map((values) => text(median([...(values?.values() ?? [])]), metric.digits));
  return [title, `${metric.name}, ${metric.unit}`, ...medians, ...more.map((values) => ratioOf(values, one))];
}

function valuesOf({ name }: Metric, target: TargetName, samples: readonly Sample[]): ReadonlyMap<number, number> {
  const own = samples.filter((sample) => sample.target === target);
  return new Map(own.flatMap(({ round, values }) => (values[name] === undefined ? [] : [[round, values[name]]])));
}

function ratioOf(more: ReadonlyMap<number, number>, one: ReadonlyMap<number, number> | undefined): string {
  const ratios = [...more].map(([round, value]) => value / (one?.get(round) ?? Number.NaN)).filter(Number.isFinite);
  if (ratios.length === 0) return '–';
  return `${text(median(ratios), 2)}× (${text(Math.min(...ratios), 2)}–${text(Math.max(...ratios), 2)})`;
}

function text(value: number, digits: number): string {
  return Number.isNaN(value)
    ? '–'
    : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
