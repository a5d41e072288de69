/**
 * Memory: what one more idle connection, UDP flow or listener takes, in a process that nobody else uses.
 */

import { setTimeout as delay } from 'node:timers/promises';
import type { BenchCase, Goal, Lab, Metric } from '../bench-case.ts';
import { startReady } from '../processes.ts';
import type { Target } from '../target.ts';

const CONNECTIONS = 4_000;
const FLOWS = 4_000;
const LISTENERS = 2_000;
/** Long enough for a collector of garbage that waits for a quiet moment. */
const SETTLE_MS = 1_500;

export const connectionMemoryCase: BenchCase = {
  name: 'memory-connection',
  title: `Memory of one idle connection (of ${CONNECTIONS})`,
  metrics: [kilobytes({ kind: 'value', goal: 12, atLeast: 24 })],
  measure: (target, lab) => growth(target, lab, 'echo', 'idle-tcp', CONNECTIONS),
};

export const flowMemoryCase: BenchCase = {
  name: 'memory-udp-flow',
  title: `Memory of one UDP flow (of ${FLOWS})`,
  metrics: [kilobytes({ kind: 'value', goal: 6, atLeast: 12 })],
  measure: (target, lab) => growth(target, lab, 'udp', 'idle-udp', FLOWS),
};

export const listenerMemoryCase: BenchCase = {
  name: 'memory-listener',
  title: `Memory of one listener (of ${LISTENERS})`,
  metrics: [kilobytes({ kind: 'value', goal: 7, atLeast: 14 })],
  async measure({ name }, lab) {
    if (name === 'direct') return undefined;
    const [few, many] = [await restingBytes(name, lab, 0), await restingBytes(name, lab, LISTENERS)];
    return { memory: (many - few) / LISTENERS / 1000 };
  },
};

function kilobytes(goal: Goal): Metric {
  return { name: 'memory', unit: 'KB', better: 'lower', digits: 1, goal };
}

async function growth(
  { name }: Target,
  lab: Lab,
  service: 'echo' | 'udp',
  command: string,
  count: number,
): Promise<{ memory: number } | undefined> {
  if (name === 'direct') return undefined;
  const target = await lab.fresh(name);
  try {
    const port = target.port(service);
    if (port === undefined) return undefined;
    const before = await settledBytes(target);
    const clients = await startReady([lab.gen, command, `127.0.0.1:${port}`, String(count)]);
    const after = await settledBytes(target);
    await clients.stop();
    return { memory: (after - before) / count / 1000 };
  } finally {
    await target.stop();
  }
}

async function restingBytes(name: Target['name'], lab: Lab, extraListeners: number): Promise<number> {
  const target = await lab.fresh(name, extraListeners);
  const bytes = await settledBytes(target);
  await target.stop();
  return bytes;
}

async function settledBytes(target: Target): Promise<number> {
  await delay(SETTLE_MS);
  return target.rssBytes();
}
