/**
 * Pages: a long list in parts, each of which goes on behind the last row of the one before, whatever changed since.
 */

import { type Static, Type } from 'typebox';
import { HttpProblem } from './http-problem.ts';

/** Of a namespace or a Service only. */
export const SERVICE_FILTER = {
  namespace: Type.Optional(Type.String({ maxLength: 253 })),
  service: Type.Optional(Type.String({ maxLength: 253 })),
};

/** What every list can be asked for: the rows of a namespace or a Service, and a part of them. */
export const LIST_QUERY = Type.Object({
  ...SERVICE_FILTER,
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
  continue: Type.Optional(Type.String({ maxLength: 1024 })),
});

export type ListQuery = Static<typeof LIST_QUERY>;

/** A part of a list; `continue` is absent on the last one. */
export interface Page<T> {
  readonly items: T[];
  readonly continue?: string;
}

/** A row that is made only if its page is asked for. `key` orders the list, and is unique in it. */
export interface Entry<T> {
  readonly key: string;
  row(): T;
}

/** The page of a list that is asked for; without `limit` all of it. Throws a problem of 400 for a `continue` of others. */
export function pageOf<T>(entries: Iterable<Entry<T>>, { limit, continue: token }: ListQuery): Page<T> {
  const after = token === undefined ? undefined : parseToken(token);
  const wanted = [...entries].filter(({ key }) => after === undefined || key > after).sort(byKey);
  const part = limit === undefined ? wanted : wanted.slice(0, limit);
  const items = part.map((entry) => entry.row());
  const last = part.at(-1);
  return last && part.length < wanted.length ? { items, continue: formatToken(last.key) } : { items };
}

/** Whether a row of this Service is asked for. */
export function isWanted(
  { namespace, service }: Pick<ListQuery, 'namespace' | 'service'>,
  owner: { readonly namespace: string; readonly service: string },
): boolean {
  return (namespace ?? owner.namespace) === owner.namespace && (service ?? owner.service) === owner.service;
}

const PREFIX = 'after:';

/** The value of `continue` that leads behind a key. */
export function formatToken(key: string): string {
  return Buffer.from(`${PREFIX}${key}`).toString('base64url');
}

/** The key behind which a page is to go on. Throws a problem of 400 for a value of others. */
export function parseToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString();
  if (!text.startsWith(PREFIX)) throw new HttpProblem(400, 'BAD_REQUEST', 'continue: no value that we gave');
  return text.slice(PREFIX.length);
}

function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
