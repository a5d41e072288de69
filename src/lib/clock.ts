/**
 * Time as a parameter: the real clock, and the shape a fake one has in tests.
 */

/** What reads the time or waits takes a Clock. `now` is wall time in ms; `monotonic` never goes back, in ms. */
export interface Clock {
  now(): number;
  monotonic(): number;
  /** Runs `callback` once after `ms`; the handle does not keep the process alive. */
  setTimer(callback: () => void, ms: number): Timer;
}

export interface Timer {
  cancel(): void;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(callback, ms) {
    const handle = setTimeout(callback, ms);
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
};
