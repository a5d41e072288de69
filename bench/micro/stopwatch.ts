/**
 * Stopwatch: how long one call takes, by batches that are long enough for the clock.
 */

import { median } from '../load/samples.ts';

const BATCH_MS = 20;
const BATCHES = 15;

/** Nanoseconds of one call. */
export interface Timing {
  readonly name: string;
  readonly medianNs: number;
  readonly minNs: number;
  readonly maxNs: number;
}

/** Times `work`. What it returns is kept, so that no compiler can leave the work out. */
export function time(name: string, work: (index: number) => unknown): Timing {
  const calls = callsPerBatch(work);
  const batches = Array.from({ length: BATCHES }, () => (batchMs(work, calls) / calls) * 1e6);
  return { name, medianNs: median(batches), minNs: Math.min(...batches), maxNs: Math.max(...batches) };
}

/** Also warms up: batches grow until one takes long enough. */
function callsPerBatch(work: (index: number) => unknown): number {
  let calls = 1;
  while (batchMs(work, calls) < BATCH_MS && calls < 2 ** 30) calls *= 2;
  return calls;
}

/** What was last returned: a result that nobody keeps might not be computed. */
const kept: { value: unknown } = { value: undefined };

function batchMs(work: (index: number) => unknown, calls: number): number {
  const startedMs = performance.now();
  for (let index = 0; index < calls; index++) kept.value = work(index);
  const endedMs = performance.now();
  return endedMs - startedMs;
}
