/**
 * Runs cases of kind `trigger-times`: the times that the next sync answers for.
 */

import type { VectorCase } from '../vector-case.ts';
import { compare } from './compare.ts';
import { recordOf, recordsOf, stringOf, stringsOf } from './json-fields.ts';
import { newState, playEvent } from './vector-cluster.ts';

/** The mismatches of one case; empty = passed. */
export function run({ input, expect }: VectorCase): string[] {
  const state = newState(Date.parse(stringOf(input.trackerStartTime)));
  for (const event of recordsOf(input.events)) playEvent(state, event);
  const actual = Object.fromEntries(state.takeDirty().triggerTimes);
  const wanted = Object.entries(recordOf(expect.triggerTimes));
  const expected = Object.fromEntries(
    wanted.map(([key, times]) => [key, stringsOf(times).map((time) => Date.parse(time))]),
  );
  return compare('triggerTimes', actual, expected);
}
