/**
 * One flow, as the API shows it.
 */

import { type Static, Type } from 'typebox';

const ID_FORM =
  'c-41 for TCP, u-7 for UDP; where another worker than the first has the flow, its number is in front: c-1.5, u-2.7';

/** A try that failed before the endpoint that was taken. */
const FAILED_TRY = Type.Object({ endpoint: Type.String(), errno: Type.String(), elapsedMs: Type.Number() });

/** One flow. `endpoint`, `pod`, `node` and `why` are "" while it has no endpoint. `bytesIn` is from the client. */
export const FLOW_ROW = Type.Object({
  id: Type.String({ description: ID_FORM }),
  protocol: Type.String(),
  namespace: Type.String(),
  service: Type.String(),
  port: Type.Integer(),
  portName: Type.String(),
  frontend: Type.String(),
  client: Type.String(),
  endpoint: Type.String(),
  pod: Type.String(),
  node: Type.String(),
  openedAt: Type.String(),
  ageSeconds: Type.Integer(),
  bytesIn: Type.Integer(),
  bytesOut: Type.Integer(),
  tries: Type.Integer(),
  /** How the endpoint was chosen: `only`, `affinity`, `override`, or the algorithm. */
  why: Type.String(),
  failedTries: Type.Array(FAILED_TRY),
  /** Where an override sent it, `localhost:3000`; absent = nowhere. */
  override: Type.Optional(Type.String()),
  /** The fault that it began under, `latency 300ms`; absent = none. */
  fault: Type.Optional(Type.String()),
});

export type FlowRow = Static<typeof FLOW_ROW>;
