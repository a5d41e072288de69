/**
 * One watch from open to end: what is asked, what limits it, and how far it got.
 */

import type { Snapshot } from './known-objects.ts';
import type { ReflectorContext } from './reflector-context.ts';
import type { ResourceTarget } from './resources.ts';
import { type GuardLimits, StreamGuard } from './stream-guard.ts';
import type { Timings } from './timings.ts';
import type { ReadRequest } from './watch-stream.ts';

/** One watch. `snapshot` is what of a streaming list has come so far, `undefined` once it is complete. */
export interface WatchSession {
  readonly read: ReadRequest;
  readonly guard: StreamGuard;
  /** In force after the list. */
  readonly limits: GuardLimits;
  readonly listing: boolean;
  readonly openedAtMs: number;
  snapshot: Snapshot | undefined;
  changes: number;
}

/** A watch that follows `version`, or one that begins with a streaming list into `snapshot`. The caller stops the guard. */
export function beginWatch(
  context: ReflectorContext,
  target: ResourceTarget,
  closing: AbortSignal,
  version: string | undefined,
  snapshot: Snapshot | undefined,
): WatchSession {
  const { clock, random, timings } = context;
  const [min, max] = timings.watchSeconds;
  const seconds = Math.round(min + random() * (max - min));
  const limits = { silenceMs: timings.silenceMs, totalMs: seconds * 1000 + timings.wallSlackMs };
  const guard = new StreamGuard(clock, snapshot ? initialLimits(timings) : limits);
  const signal = AbortSignal.any([closing, guard.signal]);
  const read: ReadRequest = { ...context, target, verb: 'watch', query: watchQuery(seconds, version), signal };
  return { read, guard, limits, snapshot, listing: snapshot !== undefined, openedAtMs: clock.monotonic(), changes: 0 };
}

function initialLimits(timings: Timings): GuardLimits {
  return { silenceMs: timings.initialSilenceMs, totalMs: timings.initialTotalMs };
}

/** Without a version, the watch begins with all there is, as new as the moment of asking. */
function watchQuery(timeoutSeconds: number, version: string | undefined): Record<string, string> {
  const start =
    version === undefined
      ? { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }
      : { resourceVersion: version };
  return { watch: 'true', allowWatchBookmarks: 'true', timeoutSeconds: String(timeoutSeconds), ...start };
}
