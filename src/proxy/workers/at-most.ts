/**
 * A wait that has an end.
 */

import type { Clock } from '../../lib/clock.ts';

/** Resolves with the promise, or after so long. */
export async function atMost(clock: Clock, ms: number, promise: Promise<unknown>): Promise<void> {
  const { promise: timedOut, resolve } = Promise.withResolvers<void>();
  const timer = clock.setTimer(resolve, ms);
  await Promise.race([promise, timedOut]);
  timer.cancel();
}
