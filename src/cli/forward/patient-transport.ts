/**
 * Patience: while the API server is away, a dial is made again until whoever wants it gives up, so that clients wait for its
 * return rather than be refused.
 */

import { createBackoff } from '../../lib/backoff.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import type { Dial, Transport } from '../../model/transport.ts';

const RETRY = { baseMs: 100, maxMs: 1000 };

/** What is waited for: faults on the way to the API server, or in it; a pod's answer is none of them. */
const AWAY: ReadonlySet<unknown> = new Set(['ENETUNREACH', 'EAGAIN']);

/** A tunnel that breaks takes the dials with it that were on their way: nothing of theirs has been sent. */
const MAX_CUTS = 2;

/** The same transport, patient. */
export function createPatientTransport(inner: Transport, clock: Clock, random: () => number): Transport {
  return {
    get name() {
      return inner.name;
    },
    dialTcp(endpoint, handlers) {
      const backoff = createBackoff({ ...RETRY, random });
      let dial: Dial | undefined;
      let timer: Timer | undefined;
      let cuts = 0;
      const start = (): void => {
        dial = inner.dialTcp(endpoint, {
          connected: (stream) => handlers.connected(stream),
          failed(error) {
            if (isAway(error) || (isCut(error) && cuts++ < MAX_CUTS)) timer = clock.setTimer(start, backoff.next());
            else handlers.failed(error);
          },
        });
      };
      start();
      return {
        cancel() {
          timer?.cancel();
          dial?.cancel();
        },
      };
    },
  };
}

function isCut(error: Error): boolean {
  return 'code' in error && error.code === 'ECONNRESET';
}

function isAway(error: Error): boolean {
  return 'isApi' in error && error.isApi === true && 'code' in error && AWAY.has(error.code);
}
