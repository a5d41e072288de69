/**
 * `?at=`: the table of a revision or of a moment, instead of the one in force.
 */

import { Type } from 'typebox';
import { inSteps } from '../lib/in-steps.ts';
import type { RoutingTable } from '../model/route.ts';
import type { History } from '../routing/history.ts';
import { HttpProblem } from './http-problem.ts';
import { LIST_QUERY } from './page.ts';
import type { AdminView } from './view.ts';

/** A list that can be asked for as it was. */
export const AT_QUERY = Type.Object({
  ...LIST_QUERY.properties,
  at: Type.Optional(Type.String({ maxLength: 64, description: 'a revision, or a time as RFC 3339; absent = now' })),
});

/** A table, and since when it has been in force, ms since the epoch. */
export interface TableAt {
  readonly table: RoutingTable;
  readonly atMs: number;
}

/**
 * The table that `at` means, made in steps: a generation, or a time as RFC 3339; `undefined` = the one in force. Throws a problem of 400
 * where it is neither, and of 404 where that revision has left the ring or has not come: it names those that are there.
 */
export async function tableAt(view: AdminView, at: string | undefined): Promise<TableAt> {
  const table = view.table();
  const { history } = view;
  if (at === undefined || at === String(table.generation)) {
    return { table, atMs: history.at(table.generation)?.atMs ?? view.now() };
  }
  const found = /^\d{1,15}$/.test(at) ? history.at(Number(at)) : history.atTime(parseTime(at));
  if (found) return { table: await inSteps(history.tableInSteps(found.generation)), atMs: found.atMs };
  throw new HttpProblem(404, 'REVISION_UNKNOWN', `there is no revision ${at}`, rangeOf(history));
}

/** A time as RFC 3339, in ms since the epoch. Throws a problem of 400. */
export function parseTime(text: string): number {
  const ms = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw new HttpProblem(400, 'BAD_REQUEST', 'neither a revision nor a time like 2026-01-02T15:04:05Z');
}

function rangeOf(history: History): string {
  const { oldest } = history;
  if (!oldest) return 'no table is there yet';
  const time = new Date(oldest.atMs).toISOString();
  return `the oldest that is there is ${oldest.generation} (${time}), the newest ${history.newest?.generation}`;
}

/** A view of the past: its table, what its routes were to do; nothing of what lives now. */
function pastView(view: AdminView, { table, atMs }: TableAt): AdminView {
  const { history } = view;
  return {
    ...view,
    table: () => table,
    now: () => atMs,
    listener({ key, address, port }) {
      if (table.routes.get(key)?.listens !== true) return undefined;
      return { state: 'listening', bound: { address, port }, failure: undefined };
    },
    flows: () => 0,
    liveFlows: () => Promise.resolve([]),
    interventions: undefined,
    exclusions: () => [],
    lastChange: (key) => lastChangeOf(history, key, table.generation),
  };
}

/** The view of the moment that `at` means; throws what `tableAt` throws. */
export async function viewAt(view: AdminView, at: string | undefined): Promise<AdminView> {
  return at === undefined ? view : pastView(view, await tableAt(view, at));
}

function lastChangeOf(
  history: History,
  key: string,
  generation: number,
): { readonly generation: number; readonly atMs: number } | undefined {
  const [last] = history.changesOf(key, generation);
  return last && { generation: last.moment.generation, atMs: last.moment.atMs };
}
