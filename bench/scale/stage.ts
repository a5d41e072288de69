/**
 * A stage: svclane started on a cluster of some size, watched during its start, at rest, and under churn.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { nodeConfig } from '../../test/cluster/rig/daemon.ts';
import type { Lab } from '../../test/cluster/rig/lab.ts';
import { type RigProcess, startProcess } from '../../test/cluster/rig/rig-process.ts';
import { serviceNodeOptions } from '../built-main.ts';
import { median } from '../load/samples.ts';
import { CANARY_IP, PORT } from './objects.ts';
import type { CanarySync, ProbeOperations, Vitals } from './probe.ts';
import { type Remote, remoteOf } from './remote.ts';
import type { VisitorOperations } from './visitor.ts';
import type { WriterOperations } from './writer.ts';

const CHURN_PER_SECOND = 50;

export interface StageOptions {
  readonly lab: Lab;
  readonly writer: Remote<WriterOperations>;
  readonly visitor: Remote<VisitorOperations>;
  readonly services: number;
  readonly changes: number;
  readonly main: string;
}

/** Milliseconds. */
export interface Spread {
  readonly median: number;
  readonly p99: number;
}

/** How changes of the canary fared. */
export interface Changes {
  /** From the request that changed the slice to the first byte from the new backend. */
  readonly fromRequest: Spread;
  /** The same from the watch event on. */
  readonly fromEvent: Spread;
  /** One sync. */
  readonly sync: Spread;
}

export interface StageResult {
  readonly services: number;
  /** From the start of the process to the first table in force, and to the first byte that a client gets. */
  readonly readyMs: number;
  readonly firstByteMs: number;
  readonly start: Vitals;
  readonly atRest: Changes;
  readonly churn: Changes;
  readonly underChurn: Vitals;
  readonly churnedPerSecond: number;
}

/** Runs svclane through a stage, and ends it. */
export async function runStage(options: StageOptions): Promise<StageResult> {
  const { lab, writer, visitor, services } = options;
  const [first] = lab.backends;
  await writer.call('point', { addresses: [first.ipv4] });
  const startedAtMs = Date.now();
  const daemon = await startDaemon(options);
  const probe = remoteOf<ProbeOperations>(daemon);
  try {
    const readyAtMs = await orOutput(daemon, probe.call('ready', {}));
    const firstByteAtMs = await visitor.call('until', { host: CANARY_IP, port: PORT, identity: first.identity });
    const start = await probe.call('vitals', {});
    const atRest = await changeCanary(options, probe);
    await probe.call('vitals', {});
    const churnedFromMs = performance.now();
    await writer.call('churn', { perSecond: CHURN_PER_SECOND, services });
    const churn = await changeCanary(options, probe);
    const changed = await writer.call('calm', {});
    return {
      services,
      readyMs: readyAtMs - startedAtMs,
      firstByteMs: firstByteAtMs - startedAtMs,
      start,
      atRest,
      churn,
      underChurn: await probe.call('vitals', {}),
      churnedPerSecond: changed / ((performance.now() - churnedFromMs) / 1000),
    };
  } finally {
    daemon.kill('SIGTERM');
    await daemon.exited;
  }
}

async function startDaemon({ lab, services, main }: StageOptions): Promise<RigProcess> {
  const { run, node } = lab;
  const kubeconfig = await lab.daemonKubeconfig();
  const more = { defaults: { drain: { grace: '0s' } } };
  const file = run.path(`svclane-${services}.yaml`);
  writeFileSync(file, stringify(nodeConfig({ run, nodeName: node.name, kubeconfig, more })));
  const probe = join(import.meta.dirname, 'probe.ts');
  const profile = process.env.SVCLANE_BENCH_NODE_OPTIONS?.split(' ') ?? [];
  const command = [
    process.execPath,
    ...serviceNodeOptions(),
    ...profile,
    '--import',
    probe,
    main,
    'run',
    '--config',
    file,
  ];
  return startProcess(run, { name: `svclane-${services}`, netns: node.netns, command, ipc: true });
}

/** Points the canary at one backend and the other in turn, and waits for each to answer. */
async function changeCanary(options: StageOptions, probe: Remote<ProbeOperations>): Promise<Changes> {
  const { lab, writer, visitor, changes } = options;
  await probe.call('canary', {});
  const fromRequest: number[] = [];
  const fromEvent: number[] = [];
  const syncs: CanarySync[] = [];
  for (let change = 0; change < changes; change++) {
    const backend = lab.backends[change % 2 === 0 ? 1 : 0];
    const answered = visitor.call('until', { host: CANARY_IP, port: PORT, identity: backend.identity });
    const sentAtMs = await writer.call('point', { addresses: [backend.ipv4] });
    const firstByteAtMs = await answered;
    fromRequest.push(firstByteAtMs - sentAtMs);
    const own = await probe.call('canary', {});
    const [sync] = own;
    if (sync !== undefined) fromEvent.push(firstByteAtMs - sync.queuedAtMs);
    syncs.push(...own);
  }
  const durations = syncs.map(({ durationMs }) => durationMs);
  return { fromRequest: spreadOf(fromRequest), fromEvent: spreadOf(fromEvent), sync: spreadOf(durations) };
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: median(values), p99: sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN };
}

async function orOutput<T>(daemon: RigProcess, result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (cause) {
    throw new Error(`${String(cause)}\n${daemon.output().slice(-4000)}`, { cause });
  }
}
