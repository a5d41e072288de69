/**
 * Probing: connects to endpoints through the transport of the data path, so many at a time, and hangs up.
 */

import type { Duplex } from 'node:stream';
import type { ProbeOutcome } from '../admin/view.ts';
import { errnoOf } from '../errors.ts';
import type { Clock } from '../lib/clock.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { Transport } from '../model/transport.ts';

/** A probe of a big Service must not take the descriptors that clients need. */
const MAX_AT_ONCE = 32;

/** Probes one endpoint; waits while too many are under way. Never rejects. */
export type Prober = (endpoint: Endpoint, timeoutMs: number) => Promise<ProbeOutcome>;

/** Creates a prober; all of its probes share one limit. The outcome of a time-out is `ETIMEDOUT`. */
export function createProber(transport: Transport, clock: Clock, { maxAtOnce = MAX_AT_ONCE } = {}): Prober {
  const waiting: (() => void)[] = [];
  let running = 0;

  async function probe(endpoint: Endpoint, timeoutMs: number): Promise<ProbeOutcome> {
    if (running >= maxAtOnce) await new Promise<void>((go) => waiting.push(go));
    else running += 1;
    try {
      return await probeOnce(endpoint, timeoutMs);
    } finally {
      // Whoever waits takes this one's place.
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  }

  function probeOnce(endpoint: Endpoint, timeoutMs: number): Promise<ProbeOutcome> {
    const startedMs = clock.monotonic();
    return new Promise((resolve) => {
      const settle = (error: string | undefined): void => {
        timer.cancel();
        resolve({ elapsedMs: clock.monotonic() - startedMs, error });
      };
      const timer = clock.setTimer(() => {
        dial.cancel();
        settle('ETIMEDOUT');
      }, timeoutMs);
      const dial = transport.dialTcp(endpoint, {
        connected(stream) {
          hangUp(stream);
          settle(undefined);
        },
        failed: (error) => settle(errnoOf(error) ?? error.message),
      });
    });
  }

  return probe;
}

function hangUp(stream: Duplex): void {
  stream.on('error', () => undefined);
  stream.destroy();
}
