/**
 * The answer of `GET /v1/routes`, checked: a daemon of another version must not crash the CLI.
 */

import { Value } from 'typebox/value';
import { ROUTE_LIST, type RouteList } from '../admin/route-rows.ts';
import { SvclaneError } from '../errors.ts';

export type { RouteRow } from '../admin/route-rows.ts';

/** Throws `SVL_DAEMON_RESPONSE`. */
export function readRouteList(body: unknown): RouteList {
  if (Value.Check(ROUTE_LIST, body)) return body;
  throw new SvclaneError('SVL_DAEMON_RESPONSE', 'the daemon answered another shape of routes than this CLI knows', {
    hint: 'compare "svclane version" with the daemon\'s',
  });
}
