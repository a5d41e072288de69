/**
 * Cases: what is measured, in which unit, and what is wanted.
 */

import type { Backends } from './backends.ts';
import type { Target, TargetName } from './target.ts';

/** What is wanted of svclane: a ratio to the better peer, or a value of its own. */
export interface Goal {
  readonly kind: 'ratio' | 'value';
  readonly goal: number;
  readonly atLeast: number;
}

export interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly digits: number;
  /** Absent = for information. */
  readonly goal?: Goal;
  /** The value of direct in the same round is subtracted; direct itself is not compared. */
  readonly added?: boolean;
}

/** Values by the names of metrics. */
export type Values = Readonly<Record<string, number>>;

/** What a measurement may use. */
export interface Lab {
  /** Path of the generator. */
  readonly gen: string;
  readonly seconds: number;
  readonly backends: Backends;
  /** Starts one more target, which nobody else uses; the caller stops it. */
  fresh(name: TargetName, extraListeners?: number): Promise<Target>;
}

export interface BenchCase {
  readonly name: string;
  readonly title: string;
  readonly metrics: readonly Metric[];
  /** `undefined` = this target cannot do it. */
  measure(target: Target, lab: Lab): Promise<Values | undefined>;
}

/** CPU seconds of a target during `work`, and what `work` gave. */
export async function costOf<T>(target: Target, work: () => Promise<T>): Promise<{ cpuSeconds: number; result: T }> {
  const before = target.cpuSeconds();
  const result = await work();
  return { cpuSeconds: target.cpuSeconds() - before, result };
}

/** The goal of a figure that should be as large, or as small, as the better peer's. */
export function ratio(goal: number, atLeast: number): Goal {
  return { kind: 'ratio', goal, atLeast };
}
