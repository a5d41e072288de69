/**
 * `/v1/faults`: which Services have one, and setting and ending it.
 */

import { type Static, Type } from 'typebox';
import type { Timed } from '../balancing/timed-book.ts';
import { parseFault } from '../config/fault-notation.ts';
import { type Fault, formatFault } from '../model/fault.ts';
import { interventionKey } from '../model/intervention.ts';
import type { HttpApp } from './http-app.ts';
import {
  askedPort,
  checkTarget,
  INTERVENTION_COLUMNS,
  INTERVENTION_PARAMS,
  INTERVENTION_PORT,
  interventionColumns,
  settable,
  unlessFull,
  unlessNone,
  wrongTexts,
} from './intervention-rows.ts';
import { operation } from './operation.ts';
import { isWanted, LIST_QUERY, pageOf } from './page.ts';
import type { AdminView } from './view.ts';

/** `fault` says all of it in one line. 0 = that is not done. */
export const FAULT_ROW = Type.Object({
  ...INTERVENTION_COLUMNS,
  fault: Type.String(),
  latencyMs: Type.Integer(),
  jitterMs: Type.Integer(),
  refusePercent: Type.Number(),
  blackholePercent: Type.Number(),
  resetPercent: Type.Number(),
  bytesPerSecond: Type.Integer(),
});

export const FAULT_LIST = Type.Object({ items: Type.Array(FAULT_ROW), continue: Type.Optional(Type.String()) });

export const ENDED_FAULTS = Type.Object({ items: Type.Array(FAULT_ROW) });

export type FaultRow = Static<typeof FAULT_ROW>;

const SHARE = { maxLength: 16, description: 'a share of the flows, such as 2%' };

const FAULT_BODY = Type.Object(
  {
    port: Type.Optional(Type.String({ maxLength: 64, description: 'http, 80 or 53/udp; absent = every port' })),
    latency: Type.Optional(Type.String({ maxLength: 64, description: '300ms, or 300ms±50ms; up to 1m' })),
    jitter: Type.Optional(Type.String({ maxLength: 32, description: '50ms: instead of what stands behind the ±' })),
    reset: Type.Optional(Type.String(SHARE)),
    refuse: Type.Optional(Type.String(SHARE)),
    blackhole: Type.Optional(Type.String(SHARE)),
    rate: Type.Optional(Type.String({ maxLength: 32, description: '64KiB/s, 500KB/s, 10Mbit/s' })),
    ttl: Type.Optional(Type.String({ maxLength: 32, description: 'needed: how long it lasts, from 1s to 24h' })),
  },
  { additionalProperties: false },
);

/** Adds these paths to an app. */
export function addFaultRoutes(app: HttpApp, view: AdminView): void {
  app.get('/v1/faults', { schema: LIST }, ({ query }) => {
    const wanted = (view.interventions?.faults.list() ?? []).filter(({ value }) => isWanted(query, value));
    return pageOf(
      wanted.map((timed) => ({ key: interventionKey(timed.value), row: () => rowOf(view, timed) })),
      query,
    );
  });
  app.put('/v1/faults/:namespace/:service', { schema: SET }, ({ params, body }) =>
    setFault(view, { ...params, ...body }),
  );
  app.delete('/v1/faults/:namespace/:service', { schema: END }, ({ params, query }) => {
    const ended = view.interventions?.faults.remove({ ...params, ...askedPort(query.port) }) ?? [];
    return { items: unlessNone('fault', ended).map((timed) => rowOf(view, timed)) };
  });
}

const LIST = operation(
  { id: 'listFaults', tag: 'live', summary: 'Services whose flows are served badly, as was asked for' },
  { querystring: LIST_QUERY },
  FAULT_LIST,
);

const SET = operation(
  {
    id: 'setFault',
    tag: 'changes',
    changes: true,
    summary: 'Serve flows of a Service badly, for a time',
    problems: [404, 409],
  },
  { params: INTERVENTION_PARAMS, body: FAULT_BODY },
  FAULT_ROW,
);

const END = operation(
  { id: 'endFault', tag: 'changes', changes: true, summary: 'End the fault of a Service', problems: [404] },
  { params: INTERVENTION_PARAMS, querystring: INTERVENTION_PORT },
  ENDED_FAULTS,
);

function setFault(view: AdminView, texts: Parameters<typeof parseFault>[0]): FaultRow {
  const { faults } = settable(view);
  const parsed = parseFault(texts);
  if ('problems' in parsed) throw wrongTexts(parsed.problems);
  checkTarget(view, parsed.fault);
  return rowOf(view, unlessFull(faults.set(parsed.fault, parsed.ttlMs)));
}

function rowOf(view: AdminView, timed: Timed<Fault>): FaultRow {
  const { latencyMs, jitterMs, refusePercent, blackholePercent, resetPercent, bytesPerSecond } = timed.value;
  const effects = { latencyMs, jitterMs, refusePercent, blackholePercent, resetPercent, bytesPerSecond };
  return { ...interventionColumns(view, timed), fault: formatFault(timed.value), ...effects };
}
