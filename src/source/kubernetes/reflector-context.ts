/**
 * What all reflectors of one source share.
 */

import type { Clock } from '../../lib/clock.ts';
import type { SourceSink } from '../../model/source.ts';
import type { Decode } from './known-objects.ts';
import type { Timings } from './timings.ts';
import type { ApiAccess } from './watch-stream.ts';

/** The parts a reflector works with; the source that makes it owns them. */
export interface ReflectorContext {
  readonly api: ApiAccess;
  readonly sink: SourceSink;
  readonly decode: Decode;
  readonly clock: Clock;
  readonly random: () => number;
  readonly timings: Timings;
  readonly userAgent: string;
  /** What was found out about the server: false = it does not stream lists. */
  readonly server: { streamsLists: boolean };
}
