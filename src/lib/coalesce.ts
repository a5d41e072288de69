/**
 * Coalescing: many requests, few runs.
 *
 *   request ──▶ waiting ──timer──▶ running ──┬─▶ idle
 *                  ▲                         │
 *                  └── a request meanwhile ◀─┘
 */

import type { Clock, Timer } from './clock.ts';

/** What is coalesced. `minGapMs` lies between the starts of two runs. `run` must not throw: an error of it is not caught. */
export interface CoalescerOptions {
  readonly clock: Clock;
  readonly minGapMs: number;
  readonly run: () => void | Promise<void>;
}

/** Runs soon after a request; requests before and during a run are one. */
export interface Coalescer {
  /** Asks for a run: with the next tick of the clock after a quiet time, else when the gap is over. */
  request(): void;
  /** A run is due or under way. */
  readonly pending: boolean;
  /** No run starts any more; resolves when the one under way has ended. Idempotent. */
  close(): Promise<void>;
}

/** Makes a coalescer: one synchronous batch of requests is one run, and runs never overlap. */
export function createCoalescer({ clock, minGapMs, run }: CoalescerOptions): Coalescer {
  let timer: Timer | undefined;
  let running: Promise<void> | undefined;
  let busy = false;
  let requested = false;
  let closed = false;
  let lastStart = Number.NEGATIVE_INFINITY;

  function schedule(): void {
    if (timer || busy || closed) return;
    timer = clock.setTimer(start, Math.max(0, lastStart + minGapMs - clock.monotonic()));
  }

  function start(): void {
    timer = undefined;
    requested = false;
    busy = true;
    lastStart = clock.monotonic();
    let going: Promise<void> | undefined;
    try {
      const result = run();
      if (result) going = result.finally(ended);
    } finally {
      if (!going) ended();
    }
    running = going;
  }

  function ended(): void {
    busy = false;
    running = undefined;
    if (requested) schedule();
  }

  return {
    request() {
      requested = true;
      schedule();
    },
    get pending() {
      return busy || (requested && !closed);
    },
    async close() {
      closed = true;
      timer?.cancel();
      timer = undefined;
      await running;
    },
  };
}
