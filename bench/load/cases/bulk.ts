/**
 * TCP bulk: iperf3 through the target, both directions.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { type BenchCase, costOf, type Lab, ratio, type Values } from '../bench-case.ts';
import { run } from '../processes.ts';
import type { Target } from '../target.ts';

const METRICS = [
  { name: 'throughput', unit: 'GB/s', better: 'higher', digits: 2, goal: ratio(1.1, 1) },
  { name: 'CPU', unit: 's/GB', better: 'lower', digits: 3, goal: ratio(1, 1.1) },
] as const;

const MAX_TRIES = 10;

/** `down` = the backend sends. */
export function bulkCase(streams: number, direction: 'up' | 'down'): BenchCase {
  const sender = direction === 'up' ? 'client sends' : 'backend sends';
  return {
    name: `bulk-${streams}-${direction}`,
    title: `TCP bulk, ${streams} ${streams === 1 ? 'stream' : 'streams'}, ${sender}`,
    metrics: METRICS,
    measure: (target, lab) => measure(target, lab, streams, direction),
  };
}

async function measure(target: Target, lab: Lab, streams: number, direction: string): Promise<Values> {
  const port = String(target.port('bulk'));
  const command = ['iperf3', '-c', '127.0.0.1', '-p', port, '-J', '-t', String(lab.seconds), '-P', String(streams)];
  if (direction === 'down') command.push('-R');
  const { cpuSeconds, result } = await costOf(target, () => iperf(command));
  const gigabytes = result.bytes / 1e9;
  return { throughput: gigabytes / result.seconds, CPU: cpuSeconds / gigabytes };
}

/** The server serves one test at a time, and needs a moment after each. */
async function iperf(command: readonly string[]): Promise<{ readonly bytes: number; readonly seconds: number }> {
  for (let tries = 1; ; tries++) {
    const { end, error } = JSON.parse(await run(command, { tolerant: true }));
    if (end?.sum_received !== undefined) return end.sum_received;
    if (tries === MAX_TRIES) throw new Error(`iperf3: ${error}`);
    await delay(200);
  }
}
