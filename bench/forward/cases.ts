/**
 * What is measured of each target in turn.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { type Metric, ratio, type Values } from '../load/bench-case.ts';
import type { Gen, Report } from './gen.ts';
import type { ProgramName, Programs, Wanted } from './program.ts';
import { BULK_PORT, HTTP_PORT, LANES } from './stage.ts';

/** `direct` = from the node to the pod, `svclane-3` = the same program over the three pods of a Service. */
export const TARGET_NAMES = ['direct', 'kubectl', 'svclane', 'svclane-3'] as const;
export type TargetName = (typeof TARGET_NAMES)[number];

/** A target that has run for a while, with nobody on it. */
export interface Target {
  readonly name: TargetName;
  readonly place: 'laptop' | 'node';
  address(remote: number): string;
  /** 0 for direct. */
  cpuSeconds(): number;
}

export interface Lab {
  readonly gen: Gen;
  readonly programs: Programs;
  readonly seconds: number;
}

export interface ForwardCase {
  readonly name: string;
  readonly title: string;
  readonly metrics: readonly Metric[];
  /** `undefined` = there is nothing to measure of this target. */
  measure(target: Target, lab: Lab): Promise<Values | undefined>;
}

/** Long enough for a collector of garbage that waits for a quiet moment. */
const SETTLE_MS = 1500;
/** For the generator to have begun to ask. */
const ASKING_MS = 50;
const REST_MS = 1000;
const MEMORY_MB = { kind: 'value', goal: 200, atLeast: 200 } as const;

export const CASES: readonly ForwardCase[] = [
  requestsCase('connections-8', 'New connections, 8 clients, one request each', 'new', 8),
  requestsCase('connections-32', 'New connections, 32 clients, one request each', 'new', 32),
  requestsCase('requests-32', 'Requests over 32 kept connections', 'kept', 32),
  bulkCase('up', 'Bulk, one stream, client sends'),
  bulkCase('down', 'Bulk, one stream, pod sends'),
  {
    name: 'ready',
    title: 'Time to ready, from the start of the process',
    metrics: [
      { name: 'Forwarding from', unit: 'ms', better: 'lower', digits: 0, goal: ratio(1, 2) },
      { name: 'first answer', unit: 'ms', better: 'lower', digits: 0, goal: ratio(1, 2) },
    ],
    measure: (target, lab) => measureStart(target, lab),
  },
  {
    name: 'memory',
    title: `Memory with ${LANES} lanes, each used once (kubectl: ${LANES} ports of one pod)`,
    metrics: [{ name: 'memory', unit: 'MB', better: 'lower', digits: 0, goal: MEMORY_MB }],
    measure: (target, lab) => measureMemory(target, lab),
  },
];

function requestsCase(name: string, title: string, kind: 'new' | 'kept', clients: number): ForwardCase {
  return {
    name,
    title,
    metrics: [
      { name: 'requests', unit: '/s', better: 'higher', digits: 0, goal: ratio(1.5, 1) },
      { name: 'p99', unit: 'ms', better: 'lower', digits: 1 },
      { name: 'CPU each', unit: 'µs', better: 'lower', digits: 0 },
    ],
    async measure(target, { gen, seconds }) {
      const args = [kind, target.address(HTTP_PORT), String(clients), String(seconds)];
      const { cpuSeconds, report } = await costOf(target, () => gen.run(target.place, ...args));
      const { good = 0, bad = 0, seconds: took = 0, p99 = 0 } = report;
      if (bad > 0) console.log(`  ${target.name}, ${name}: ${bad} of ${good + bad} requests failed`);
      return { requests: good / took, p99, ...cpu(target, 'CPU each', (cpuSeconds / good) * 1e6) };
    },
  };
}

function bulkCase(way: 'up' | 'down', title: string): ForwardCase {
  return {
    name: `bulk-${way}`,
    title,
    metrics: [
      { name: 'throughput', unit: 'MB/s', better: 'higher', digits: 0, goal: ratio(1.2, 0.9) },
      { name: 'CPU', unit: 's/GB', better: 'lower', digits: 2 },
    ],
    async measure(target, { gen, seconds }) {
      const args = ['bulk', target.address(BULK_PORT), way, String(seconds)];
      const { cpuSeconds, report } = await costOf(target, () => gen.run(target.place, ...args));
      const { bytes = 0, seconds: took = 0 } = report;
      return { throughput: bytes / took / 1e6, ...cpu(target, 'CPU', cpuSeconds / (bytes / 1e9)) };
    },
  };
}

function cpu({ name }: Target, metric: string, value: number): Values {
  return name === 'direct' ? {} : { [metric]: value };
}

async function costOf(
  target: Target,
  work: () => Promise<Report>,
): Promise<{ readonly cpuSeconds: number; readonly report: Report }> {
  const before = target.cpuSeconds();
  const report = await work();
  return { cpuSeconds: target.cpuSeconds() - before, report };
}

/** A client asks all the while, so that the first answer is as early as any user's could be. */
async function measureStart({ name }: Target, { gen, programs }: Lab): Promise<Values | undefined> {
  const wanted = wantedOf(name);
  if (wanted === undefined) return undefined;
  const [local = 0] = programs.ports(1);
  // What the program before has left to do, also to the cluster, is not this one's.
  await delay(REST_MS);
  const first = gen.run('laptop', 'first', `127.0.0.1:${local}`);
  await delay(ASKING_MS);
  const startedAtMs = Date.now();
  const pairs = [{ local, remote: HTTP_PORT }];
  const program = await programs.start(wanted.program, [{ target: wanted.target, pairs }], 'line');
  const saidAtMs = Date.now();
  const { atMs = Number.NaN } = await first;
  await program.stop();
  return { 'Forwarding from': saidAtMs - startedAtMs, 'first answer': atMs - startedAtMs };
}

async function measureMemory({ name }: Target, { gen, programs }: Lab): Promise<Values | undefined> {
  if (name !== 'kubectl' && name !== 'svclane') return undefined;
  const pairs = programs.ports(LANES).map((local) => ({ local, remote: HTTP_PORT }));
  const lanes: readonly Wanted[] = pairs.map((pair, index) => ({ target: `svc/lane-${index + 1}`, pairs: [pair] }));
  const program = await programs.start(name, name === 'kubectl' ? [{ target: 'pod/one', pairs }] : lanes);
  const clients = await gen.hold('each', pairs.map(({ local }) => `127.0.0.1:${local}`).join(','));
  await delay(SETTLE_MS);
  const bytes = program.rssBytes();
  await clients.stop();
  await program.stop();
  return { memory: bytes / 1e6 };
}

/** The program behind a target, and what it forwards. */
export function wantedOf(name: TargetName): { readonly program: ProgramName; readonly target: string } | undefined {
  if (name === 'direct') return undefined;
  return name === 'svclane-3' ? { program: 'svclane', target: 'svc/web' } : { program: name, target: 'svc/one' };
}
