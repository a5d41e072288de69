/**
 * `GET /v1/history`: what changed, when, and by which field of which object.
 */

import { type Static, Type } from 'typebox';
import { listChanges, type ServiceChange } from '../routing/history-changes.ts';
import { HttpProblem } from './http-problem.ts';
import { formatToken, parseToken, SERVICE_FILTER } from './page.ts';
import { parseTime } from './revisions.ts';
import type { AdminView } from './view.ts';

const FIELD = Type.Object({ path: Type.String(), before: Type.String(), after: Type.String() });

/** One thing that changed. `endpoint` and `pod` are "" where it is about the object itself. */
const CAUSE = Type.Object({
  kind: Type.String(),
  name: Type.String(),
  resourceVersion: Type.String(),
  change: Type.String(),
  endpoint: Type.String(),
  pod: Type.String(),
  fields: Type.Array(FIELD),
});

/** One Service that changed in a revision. `routable…` are endpoint addresses that clients in the cluster may get. */
export const CHANGE = Type.Object({
  generation: Type.Integer(),
  time: Type.String(),
  namespace: Type.String(),
  service: Type.String(),
  causes: Type.Array(CAUSE),
  routableBefore: Type.Integer(),
  routableAfter: Type.Integer(),
});

/**
 * The newest changes, the oldest of them first; `continue` leads to the ones before these. `oldest` is the first revision
 * that is there, 0 where none is.
 */
export const HISTORY = Type.Object({
  generation: Type.Integer(),
  oldest: Type.Integer(),
  items: Type.Array(CHANGE),
  continue: Type.Optional(Type.String()),
});

/** `since` is a time as RFC 3339. */
export const HISTORY_QUERY = Type.Object({
  ...SERVICE_FILTER,
  since: Type.Optional(Type.String({ maxLength: 64 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
  continue: Type.Optional(Type.String({ maxLength: 1024 })),
});

export type HistoryList = Static<typeof HISTORY>;
export type HistoryRow = Static<typeof CHANGE>;

const DEFAULT_LIMIT = 1_000;

/** The changes that are asked for. Throws a problem of 400: a Service needs its namespace. */
export function listHistory(view: AdminView, query: Static<typeof HISTORY_QUERY>): HistoryList {
  const { namespace, service, since, limit = DEFAULT_LIMIT, continue: token } = query;
  if (service !== undefined && namespace === undefined) {
    throw new HttpProblem(400, 'BAD_REQUEST', 'service: needs namespace too');
  }
  const changes = listChanges(view.history, {
    // One more tells whether there are more.
    limit: limit + 1,
    ...(service !== undefined && { service: `${namespace}/${service}` }),
    ...(namespace !== undefined && { namespace }),
    ...(since !== undefined && { sinceMs: parseTime(since) }),
    ...(token !== undefined && { before: parseBefore(token) }),
  });
  const part = changes.slice(-limit);
  const [first] = part;
  return {
    generation: view.table().generation,
    oldest: view.history.oldest?.generation ?? 0,
    items: part.map(rowOf),
    ...(first && part.length < changes.length && { continue: formatToken(`${first.generation} ${first.service}`) }),
  };
}

/** The newest changes of one Service, up to the table of the view; the oldest first. */
export function recentChanges(view: AdminView, key: string, limit: number): HistoryRow[] {
  const before = { generation: view.table().generation + 1, service: '' };
  return listChanges(view.history, { service: key, limit, before }).map(rowOf);
}

function parseBefore(token: string): { readonly generation: number; readonly service: string } {
  const [, generation, service] = /^(\d{1,15}) (\S+)$/.exec(parseToken(token)) ?? [];
  if (generation !== undefined && service !== undefined) return { generation: Number(generation), service };
  throw new HttpProblem(400, 'BAD_REQUEST', 'continue: no value that we gave');
}

function rowOf({ service: key, atMs, causes, ...counts }: ServiceChange): HistoryRow {
  const [namespace = '', service = ''] = key.split('/');
  const fields = causes.map((cause) => ({ ...cause, fields: cause.fields.map((field) => ({ ...field })) }));
  return { ...counts, time: new Date(atMs).toISOString(), namespace, service, causes: fields };
}
