/**
 * Deaths of one helper: each is told, and the next one starts after 1 s, 2 s, … 30 s.
 */

import { SvclaneError } from '../../errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { channels } from '../../observability/channels.ts';

const FIRST_RESTART_MS = 1_000;
const MAX_RESTART_MS = 30_000;
/** After one that lived so long the next may start as soon as after the first. */
const STEADY_MS = 60_000;

/** Those of one worker. */
export class HelperDeaths {
  readonly #worker: number;
  readonly #clock: Clock;
  #failures = 0;
  #startedMs = 0;

  constructor(worker: number, clock: Clock) {
    this.#worker = worker;
    this.#clock = clock;
  }

  started(): void {
    this.#startedMs = this.#clock.monotonic();
  }

  /** It has ended on its own, with this exit code or for this cause; in how many ms the next one is to start. */
  died(code: number, cause: unknown): number {
    const worker = this.#worker;
    if (this.#clock.monotonic() - this.#startedMs >= STEADY_MS) this.#failures = 0;
    const retryInMs = Math.min(MAX_RESTART_MS, FIRST_RESTART_MS * 2 ** Math.min(this.#failures, 5));
    this.#failures += 1;
    const reason = cause instanceof Error ? cause.message : `exit code ${code}`;
    const error = new SvclaneError('SVL_WORKER', `worker ${worker} died: ${reason}`, { cause, facts: { worker } });
    channels.workerLost.publish({ worker, error, retryInMs });
    return retryInMs;
  }
}
