/**
 * The probe: loaded into svclane by `--import`, it tells from inside what nobody outside sees.
 */

import { subscribe } from 'node:diagnostics_channel';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { serve } from './remote.ts';

/** The Service whose changes are followed. */
const CANARY = 'scale/canary';

const RESOLUTION_MS = 1;

/** One table in force that changed the canary. Times are ms since the epoch. */
export interface CanarySync {
  /** The first change that went into it was heard of; it may be another Service's. */
  readonly queuedAtMs: number;
  readonly inForceAtMs: number;
  readonly durationMs: number;
}

/** What happened since the last look. Event loop delay is in ms, beyond the resolution of the measurement. */
export interface Vitals {
  readonly delayP50Ms: number;
  readonly delayP99Ms: number;
  readonly delayMaxMs: number;
  readonly rssBytes: number;
  /** User and system time of all threads, since the process began. */
  readonly cpuMs: number;
  readonly syncs: number;
}

export type ProbeOperations = {
  /** Resolves with the time when the first table is in force. */
  ready(parameters: object): Promise<number>;
  /** What happened since the last call. */
  vitals(parameters: object): Vitals;
  /** The canary's tables since the last call. */
  canary(parameters: object): readonly CanarySync[];
};

interface SyncMessage {
  readonly durationMs: number;
  readonly diff: { readonly services: readonly string[] };
}

const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
const ready = Promise.withResolvers<number>();
let canarySyncs: CanarySync[] = [];
let queuedAtMs = 0;
let syncs = 0;

// From when somebody may wait: while the program is loaded nobody is served, nor answered.
subscribe('svclane:http:bound', () => delays.enable());
subscribe('svclane:queued', () => {
  queuedAtMs = wallMs();
});
subscribe('svclane:sync', (message) => {
  const { durationMs, diff } = message as SyncMessage;
  const inForceAtMs = wallMs();
  syncs += 1;
  ready.resolve(inForceAtMs);
  // A change that came while this sync ran has been queued since: it is not the one of this sync.
  const startedAtMs = inForceAtMs - durationMs;
  if (diff.services.includes(CANARY)) {
    canarySyncs.push({ queuedAtMs: Math.min(queuedAtMs, startedAtMs), inForceAtMs, durationMs });
  }
});

const operations: ProbeOperations = {
  ready: () => ready.promise,
  vitals() {
    const beyond = (ns: number): number => Math.max(0, ns / 1e6 - RESOLUTION_MS);
    const { user, system } = process.cpuUsage();
    const vitals = {
      delayP50Ms: beyond(delays.percentile(50)),
      delayP99Ms: beyond(delays.percentile(99)),
      delayMaxMs: beyond(delays.max),
      rssBytes: process.memoryUsage.rss(),
      cpuMs: (user + system) / 1000,
      syncs,
    };
    delays.reset();
    syncs = 0;
    return vitals;
  },
  canary() {
    const taken = canarySyncs;
    canarySyncs = [];
    return taken;
  },
};
serve(operations, { background: true });

function wallMs(): number {
  return performance.timeOrigin + performance.now();
}
