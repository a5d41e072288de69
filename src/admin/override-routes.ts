/**
 * `/v1/overrides`: which Services have one, and setting and ending it.
 */

import { type Static, Type } from 'typebox';
import type { Timed } from '../balancing/timed-book.ts';
import { parseOverride } from '../config/override-notation.ts';
import { interventionKey } from '../model/intervention.ts';
import { formatMatch, type Override } from '../model/override.ts';
import type { HttpApp } from './http-app.ts';
import { HttpProblem } from './http-problem.ts';
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
import { leadsBack } from './override-loop.ts';
import { isWanted, LIST_QUERY, pageOf } from './page.ts';
import type { AdminView } from './view.ts';

const PROBE_TIMEOUT_MS = 1000;

const OVERRIDE_ROW = Type.Object({
  ...INTERVENTION_COLUMNS,
  target: Type.String(),
  /** `20%`, `src=10.0.0.0/8`; "" = every flow. */
  match: Type.String(),
  fallback: Type.Enum(['cluster', 'fail']),
});

/** What came of connecting to an address of the target; `error` is an errno, "" = it was accepted. */
const PROBE = Type.Object({ address: Type.String(), elapsedMs: Type.Number(), error: Type.String() });

/** `probes` is empty where no port that is meant is TCP. */
export const SET_OVERRIDE = Type.Object({ ...OVERRIDE_ROW.properties, probes: Type.Array(PROBE) });

export const OVERRIDE_LIST = Type.Object({ items: Type.Array(OVERRIDE_ROW), continue: Type.Optional(Type.String()) });

export const ENDED_OVERRIDES = Type.Object({ items: Type.Array(OVERRIDE_ROW) });

export type OverrideRow = Static<typeof OVERRIDE_ROW>;

const OVERRIDE_BODY = Type.Object(
  {
    target: Type.String({ maxLength: 128, description: 'localhost:3000, 127.0.0.1:3000 or [::1]:3000' }),
    port: Type.Optional(Type.String({ maxLength: 64, description: 'http, 80 or 53/udp; absent = every port' })),
    match: Type.Optional(Type.String({ maxLength: 512, description: '20%, src=10.0.0.0/8; absent = every flow' })),
    fallback: Type.Optional(Type.String({ maxLength: 16, description: 'cluster (the default) or fail' })),
    ttl: Type.Optional(Type.String({ maxLength: 32, description: 'needed: how long it lasts, from 1s to 24h' })),
  },
  { additionalProperties: false },
);

/** Adds these paths to an app. */
export function addOverrideRoutes(app: HttpApp, view: AdminView): void {
  app.get('/v1/overrides', { schema: LIST }, ({ query }) => {
    const wanted = (view.interventions?.overrides.list() ?? []).filter(({ value }) => isWanted(query, value));
    return pageOf(
      wanted.map((timed) => ({ key: interventionKey(timed.value), row: () => rowOf(view, timed) })),
      query,
    );
  });
  app.put('/v1/overrides/:namespace/:service', { schema: SET }, ({ params, body }) =>
    setOverride(view, { ...params, ...body }),
  );
  app.delete('/v1/overrides/:namespace/:service', { schema: END }, ({ params, query }) => {
    const ended = view.interventions?.overrides.remove({ ...params, ...askedPort(query.port) }) ?? [];
    return { items: unlessNone('override', ended).map((timed) => rowOf(view, timed)) };
  });
}

const LIST = operation(
  { id: 'listOverrides', tag: 'live', summary: 'Services whose flows go to another address first' },
  { querystring: LIST_QUERY },
  OVERRIDE_LIST,
);

const SET = operation(
  {
    id: 'setOverride',
    tag: 'changes',
    changes: true,
    summary: 'Send flows of a Service to another address first, for a time',
    problems: [404, 409, 422],
  },
  { params: INTERVENTION_PARAMS, body: OVERRIDE_BODY },
  SET_OVERRIDE,
);

const END = operation(
  { id: 'endOverride', tag: 'changes', changes: true, summary: 'End the override of a Service', problems: [404] },
  { params: INTERVENTION_PARAMS, querystring: INTERVENTION_PORT },
  ENDED_OVERRIDES,
);

async function setOverride(
  view: AdminView,
  texts: Parameters<typeof parseOverride>[0],
): Promise<Static<typeof SET_OVERRIDE>> {
  const { overrides } = settable(view);
  const parsed = parseOverride(texts);
  if ('problems' in parsed) throw wrongTexts(parsed.problems);
  const { override, ttlMs } = parsed;
  checkTarget(view, override);
  if (leadsBack(view, override)) {
    const hint = 'name an address where another process listens';
    throw new HttpProblem(422, 'OVERRIDE_LOOP', `${override.target} leads back to ${override.service}`, hint);
  }
  const timed = unlessFull(overrides.set(override, ttlMs));
  return { ...rowOf(view, timed), probes: await probeTarget(view, override) };
}

/** Whether anybody listens there. That nobody does is no objection: the process may be about to start. */
async function probeTarget(view: AdminView, { endpoints, ...target }: Override): Promise<Static<typeof PROBE>[]> {
  const ports = view.table().services.get(`${target.namespace}/${target.service}`)?.ports ?? [];
  const meant = ports.filter(({ portName, port }) => ['', portName, String(port)].includes(target.port));
  if (target.protocol === 'UDP' || !meant.some(({ protocol }) => protocol === 'TCP')) return [];
  return Promise.all(
    endpoints.map(async (endpoint) => {
      const { elapsedMs, error = '' } = await view.probe(endpoint, PROBE_TIMEOUT_MS);
      return { address: endpoint.key, elapsedMs, error };
    }),
  );
}

function rowOf(view: AdminView, timed: Timed<Override>): OverrideRow {
  const { target, fallback } = timed.value;
  return { ...interventionColumns(view, timed), target, match: formatMatch(timed.value), fallback };
}
