/**
 * The paths that say why: `/v1/explain`, `/v1/history`, and `/v1/routes` at any revision that is there.
 */

import { answerExplain, EXPLANATION } from './explain-answer.ts';
import { EXPLAIN_QUERY } from './explain-request.ts';
import { HISTORY, HISTORY_QUERY, listHistory } from './history-rows.ts';
import type { HttpApp } from './http-app.ts';
import { pastView, tableAt } from './revisions.ts';
import { listRoutes, ROUTE_LIST, ROUTE_QUERY } from './route-rows.ts';
import type { AdminView } from './view.ts';

/** Adds these paths to an app. */
export function addExplainRoutes(app: HttpApp, view: AdminView): void {
  app.get('/v1/explain', { schema: { querystring: EXPLAIN_QUERY, response: { 200: EXPLANATION } } }, ({ query }) => {
    const { table, atMs } = tableAt(view, query.at);
    const { serviceProxyName, history } = view;
    return answerExplain(
      { table, atMs, serviceProxyName, history, algorithm: (route) => view.algorithm(route) },
      query,
    );
  });
  app.get('/v1/history', { schema: { querystring: HISTORY_QUERY, response: { 200: HISTORY } } }, ({ query }) =>
    listHistory(view, query),
  );
  app.get('/v1/routes', { schema: { querystring: ROUTE_QUERY, response: { 200: ROUTE_LIST } } }, ({ query }) =>
    listRoutes(query.at === undefined ? view : pastView(view, tableAt(view, query.at)), query),
  );
}
