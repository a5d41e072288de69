/**
 * What the admin API has of overrides and faults: the books of the daemon.
 */

import type { TimedBook } from '../balancing/timed-book.ts';
import type { Fault } from '../model/fault.ts';
import type { Override } from '../model/override.ts';

/** The books of the daemon. What is set there is in force at once. */
export interface InterventionView {
  readonly overrides: TimedBook<Override>;
  readonly faults: TimedBook<Fault>;
  /** Whether the configuration lets any be set. Ending one is always allowed. */
  allowed(): boolean;
}
