/**
 * `decide`: what a client gets, and why. The one implementation of routing: the data path runs its last part,
 * `decideRoute`, with tracing off; explaining runs all of it with tracing on.
 *
 *   query ─▶ locate: the route, or why there is none ─▶ decideRoute ─▶ decision (─▶ trace: the same, step by step)
 */

import type { RoutingTable } from '../model/route.ts';
import { type ClientClass, classifyClient } from './client-class.ts';
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
  const clientClass = clientClassOf(table, query);
  const { route, service, verdict, steps } = locateRoute(table, query);
  const decided = verdict ?? (route ? decideRoute(route, query.sourceAddress, clientClass) : NOT_OURS);
  const decision: Decision = { ...decided, clientClass, route, service };
  if (!trace) return decision;
  const later = route && service && !verdict ? traceEndpoints(service, route, clientClass, table.node) : [];
  return { ...decision, trace: [...steps, ...later] };
}

function clientClassOf(table: RoutingTable, { clientClass, sourceAddress }: DecisionQuery): ClientClass {
  if (clientClass) return clientClass;
  return sourceAddress === undefined ? 'pod' : classifyClient(sourceAddress, table.node);
}
