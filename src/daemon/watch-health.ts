/**
 * Health of the watch and of the process, as health endpoints and systemd see it.
 */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Check } from '../admin/health-server.ts';
import type { WatchAge } from '../admin/proxy-health.ts';
import type { SourceStatus } from '../model/source.ts';

/** A delay of the event loop beyond this fails /livez. Source: product rule, kubelet's default probe period is 10 s. */
const MAX_LAG_MS = 5_000;

/** The age of the oldest resource; stale when one of them is not in order. */
export function watchAgeOf(status: SourceStatus, nowMs: number): WatchAge {
  const contacts = status.resources.map((resource) => resource.lastContactMs);
  const known = contacts.filter((contact) => contact !== undefined);
  return {
    ageSeconds: known.length === 0 ? undefined : Math.max(0, Math.round((nowMs - Math.min(...known)) / 1_000)),
    stale: status.resources.some((resource) => resource.state === 'stale'),
  };
}

/** Measures how late the event loop is; `close` ends it. */
export interface EventLoopLag {
  /** The worst delay in ms since the call before. */
  takeMaxMs(): number;
  check(): Check;
  close(): void;
}

export function createEventLoopLag(): EventLoopLag {
  const histogram = monitorEventLoopDelay({ resolution: 20 });
  histogram.enable();
  const takeMaxMs = (): number => {
    const max = histogram.max / 1e6;
    histogram.reset();
    return max;
  };
  return {
    takeMaxMs,
    check() {
      const lag = takeMaxMs();
      return {
        name: 'eventloop',
        ok: lag < MAX_LAG_MS,
        detail: lag < MAX_LAG_MS ? '' : `delayed by ${Math.round(lag)} ms`,
      };
    },
    close: () => void histogram.disable(),
  };
}
