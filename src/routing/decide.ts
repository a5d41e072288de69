/**
 * `decide`: what a client gets, and why. The one implementation of routing: the data path runs its last part,
 * `decideRoute`, with tracing off; explaining runs all of it with tracing on.
 *
 *   query ─▶ locate: the route, or why there is none ─▶ decideRoute ─▶ decision (─▶ trace: the same, step by step)
 */

import type { Route, RoutingTable } from '../model/route.ts';
import { type ClientClass, classifyClient, clientClassAt } from './client-class.ts';
import { decideRoute } from './decide-route.ts';
import { traceEndpoints } from './decide-trace.ts';
import type { Decision, DecisionQuery, RouteDecision } from './decision.ts';
import { locateRoute } from './locate-route.ts';

const NOT_OURS: RouteDecision = { action: 'ignore', reason: 'NOT_OURS', endpoints: [] };

/** Decides a query on a table. Pure; `trace` costs a second join of the slices of one Service. */
export function decide(
  table: RoutingTable,
  query: DecisionQuery,
  { trace = false }: { trace?: boolean } = {},
): Decision {
  const { route, service, verdict, steps } = locateRoute(table, query);
  const clientClass = clientClassOf(table, query, route);
  const decided = verdict ?? (route ? decideRoute(route, query.sourceAddress, clientClass) : NOT_OURS);
  const decision: Decision = { ...decided, clientClass, route, service };
  if (!trace) return decision;
  const later = route && service && !verdict ? traceEndpoints(service, route, clientClass, table.node) : [];
  return { ...decision, trace: [...steps, ...later] };
}

function clientClassOf(table: RoutingTable, query: DecisionQuery, route: Route | undefined): ClientClass {
  const { clientClass, sourceAddress } = query;
  if (clientClass) return clientClass;
  if (sourceAddress === undefined) return 'pod';
  const found = classifyClient(sourceAddress, table.node);
  return route ? clientClassAt(route.frontend, sourceAddress, found) : found;
}
