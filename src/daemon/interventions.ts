/**
 * The interventions of a daemon: what happens to them is published on the channels.
 */

import { Interventions } from '../balancing/interventions.ts';
import type { TimedBookEvents } from '../balancing/timed-book.ts';
import type { Clock } from '../lib/clock.ts';
import {
  channels,
  type InterventionEndedMessage,
  type InterventionSetMessage,
  type TypedChannel,
} from '../observability/channels.ts';

/** Makes them, none in force; whoever makes them closes them. `random`: [0, 1). */
export function createInterventions(options: { readonly clock: Clock; readonly random: () => number }): Interventions {
  return new Interventions({
    ...options,
    overrides: publishing(channels.overrideSet, channels.overrideEnded),
    faults: publishing(channels.faultSet, channels.faultEnded),
  });
}

function publishing<T>(
  set: TypedChannel<InterventionSetMessage<T>>,
  ended: TypedChannel<InterventionEndedMessage<T>>,
): TimedBookEvents<T> {
  return {
    set: ({ value, untilMs }) => set.publish({ value, untilMs }),
    over: ({ value }, why) => ended.publish({ value, why }),
  };
}
