/**
 * Health of the watch and of the process, as health endpoints and systemd see it.
 */

import type { Check } from '../admin/health-server.ts';
import type { WatchAge } from '../admin/proxy-health.ts';
import type { Clock } from '../lib/clock.ts';
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

/** How often is looked whether the event loop turns: so much of a block may go unmeasured, and none unseen. */
const LOOK_EVERY_MS = 50;

/** Measures for how long the event loop stood still; `close` ends it. */
export interface EventLoopLag {
  /** Fails where it stood still for too long since the check before. */
  check(): Check;
  close(): void;
}

/**
 * Begins to measure; `maxLagMs` is too long. A timer of our own tells how late it is, and so does whoever asks before the timer can. A histogram of
 * Node.js (`monitorEventLoopDelay`) does not do: what follows on its reset is not in it until it has been looked at twice.
 */
export function createEventLoopLag(clock: Clock, maxLagMs: number = MAX_LAG_MS): EventLoopLag {
  let seenMs = clock.monotonic();
  let worstMs = 0;
  let timer = clock.setTimer(tick, LOOK_EVERY_MS);

  function see(): void {
    const nowMs = clock.monotonic();
    worstMs = Math.max(worstMs, nowMs - seenMs - LOOK_EVERY_MS);
    seenMs = nowMs;
  }

  function tick(): void {
    see();
    timer = clock.setTimer(tick, LOOK_EVERY_MS);
  }

  return {
    check() {
      see();
      const lagMs = worstMs;
      worstMs = 0;
      const ok = lagMs < maxLagMs;
      return { name: 'eventloop', ok, detail: ok ? '' : `delayed by ${Math.round(lagMs)} ms` };
    },
    close: () => timer.cancel(),
  };
}
