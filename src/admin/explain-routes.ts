/**
 * The paths that say why: `/v1/explain`, `/v1/history`, and `/v1/routes` at any revision that is there.
 */

import type { RoutingTable } from '../model/route.ts';
import { answerExplain, EXPLANATION } from './explain-answer.ts';
import { EXPLAIN_QUERY } from './explain-request.ts';
import { HISTORY, HISTORY_QUERY, listHistory } from './history-rows.ts';
import type { HttpApp } from './http-app.ts';
import { operation } from './operation.ts';
import { AT_QUERY, tableAt, viewAt } from './revisions.ts';
import { describeRoute, ROUTE_DETAIL, ROUTE_DETAIL_PARAMS, ROUTE_DETAIL_QUERY } from './route-detail.ts';
import { listRoutes, ROUTE_LIST } from './route-rows.ts';
import type { AdminView } from './view.ts';

/** Adds these paths to an app. */
export function addExplainRoutes(app: HttpApp, view: AdminView): void {
  app.get('/v1/explain', { schema: EXPLAIN }, async ({ query }) => {
    const { table, atMs } = await tableAt(view, query.at);
    const { serviceProxyName, history } = view;
    const algorithm: AdminView['algorithm'] = (route) => view.algorithm(route);
    const context = { table, atMs, serviceProxyName, history, algorithm };
    // What the data plane does beside routing is known of this moment alone, and of this node.
    if (query.at !== undefined || isElsewhere(query.node, table)) return answerExplain(context, query);
    const { interventions } = view;
    return answerExplain({ ...context, nowMs: view.now(), exclusions: [...view.exclusions()], interventions }, query);
  });
  app.get('/v1/history', { schema: LIST_HISTORY }, ({ query }) => listHistory(view, query));
  app.get('/v1/routes', { schema: LIST_ROUTES }, async ({ query }) => listRoutes(await viewAt(view, query.at), query));
  app.get('/v1/routes/:namespace/:service/:port', { schema: DESCRIBE_ROUTE }, async ({ params, query }) =>
    describeRoute(await viewAt(view, query.at), params),
  );
}

function isElsewhere(node: string | undefined, table: RoutingTable): boolean {
  return node !== undefined && node !== '' && node !== table.node.nodeName;
}

const EXPLAIN = operation(
  {
    id: 'explain',
    tag: 'routing',
    summary: 'What a client gets, step by step, and what would help where it gets nothing',
    problems: [404],
  },
  { querystring: EXPLAIN_QUERY },
  EXPLANATION,
);

const LIST_HISTORY = operation(
  { id: 'listHistory', tag: 'routing', summary: 'What changed in the routing, when, and by which object' },
  { querystring: HISTORY_QUERY },
  HISTORY,
);

const LIST_ROUTES = operation(
  { id: 'listRoutes', tag: 'routing', summary: 'Every frontend, its Service port and its endpoints', problems: [404] },
  { querystring: AT_QUERY },
  ROUTE_LIST,
);

const DESCRIBE_ROUTE = operation(
  { id: 'describeRoute', tag: 'routing', summary: 'All that is known of one port of a Service', problems: [404] },
  { params: ROUTE_DETAIL_PARAMS, querystring: ROUTE_DETAIL_QUERY },
  ROUTE_DETAIL,
);
