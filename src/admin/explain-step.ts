/**
 * One step of an explanation, as JSON.
 */

import { type Static, Type } from 'typebox';

/** What was left out, and by which field. `since` = when it became so; absent where that is not known. */
export const OUT = Type.Object({
  code: Type.String(),
  subject: Type.String(),
  pod: Type.String(),
  object: Type.String(),
  path: Type.String(),
  /** JSON, or `nil`. */
  value: Type.String(),
  since: Type.Optional(Type.String()),
  /** When it is over by itself; absent = it is not. */
  until: Type.Optional(Type.String()),
});

export const STEP = Type.Object({
  name: Type.String(),
  detail: Type.String(),
  in: Type.Array(Type.String()),
  out: Type.Array(OUT),
  until: Type.Optional(Type.String()),
});

export type ExplainedOut = Static<typeof OUT>;
export type ExplainedStep = Static<typeof STEP>;
