/**
 * Every time limit of list and watch, in one place: in ms but for those that the API takes in seconds.
 */

export interface Timings {
  /** A watch is given up when it sent nothing for so long. Bookmarks come about every minute. */
  readonly silenceMs: number;
  /** The server ends a watch after a random time in this range, so that not all clients return at once. */
  readonly watchSeconds: readonly [min: number, max: number];
  /** And when it does not, we do, so much later. */
  readonly wallSlackMs: number;
  /** A streaming list: silence, and total time, after which the server is taken not to know it. */
  readonly initialSilenceMs: number;
  readonly initialTotalMs: number;
  readonly probeTimeoutMs: number;
  readonly backoffBaseMs: number;
  readonly backoffMaxMs: number;
  /** From a connection that failed until all is in order, but for at most `awayMs`, delays stay below `awayCapMs`. */
  readonly awayCapMs: number;
  readonly awayMs: number;
  /** After so long in order, failures of before are forgotten. */
  readonly healthyMs: number;
  /** The longest `Retry-After` that is honoured. */
  readonly retryAfterMaxMs: number;
  /** A watch that ended so soon without an event counts as failed. */
  readonly shortWatchMs: number;
}

export const DEFAULT_TIMINGS: Timings = {
  silenceMs: 150_000,
  watchSeconds: [300, 600],
  wallSlackMs: 15_000,
  initialSilenceMs: 10_000,
  initialTotalMs: 60_000,
  probeTimeoutMs: 5_000,
  backoffBaseMs: 500,
  backoffMaxMs: 30_000,
  awayCapMs: 1_000,
  awayMs: 300_000,
  healthyMs: 60_000,
  retryAfterMaxMs: 300_000,
  shortWatchMs: 1_000,
};
