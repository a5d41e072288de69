/**
 * Samples: the values of every round, by case, metric and target.
 */

import type { Values } from './bench-case.ts';
import type { TargetName } from './target.ts';

/** One measurement of one target. */
export interface Sample {
  readonly case: string;
  readonly round: number;
  readonly target: TargetName;
  readonly values: Values;
}

/** The middle value; the mean of both where there are two. `NaN` of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}
