/**
 * The lists of what lives now: connections, UDP flows, listeners, endpoints, Services.
 */

import { ENDPOINT_LIST, listEndpoints } from './endpoint-rows.ts';
import { FLOW_LIST, listFlows } from './flow-rows.ts';
import type { HttpApp } from './http-app.ts';
import { LISTENER_LIST, listListeners } from './listener-rows.ts';
import { LIST_QUERY } from './page.ts';
import { listServices, SERVICE_LIST } from './service-rows.ts';
import type { AdminView } from './view.ts';

/** Adds the lists to an app. Each takes `namespace`, `service`, `limit` and `continue`. */
export function addLiveRoutes(app: HttpApp, view: AdminView): void {
  app.get('/v1/connections', { schema: { querystring: LIST_QUERY, response: { 200: FLOW_LIST } } }, ({ query }) =>
    listFlows(view, 'TCP', query),
  );
  app.get('/v1/udp', { schema: { querystring: LIST_QUERY, response: { 200: FLOW_LIST } } }, ({ query }) =>
    listFlows(view, 'UDP', query),
  );
  app.get('/v1/listeners', { schema: { querystring: LIST_QUERY, response: { 200: LISTENER_LIST } } }, ({ query }) =>
    listListeners(view, query),
  );
  app.get('/v1/endpoints', { schema: { querystring: LIST_QUERY, response: { 200: ENDPOINT_LIST } } }, ({ query }) =>
    listEndpoints(view, query),
  );
  app.get('/v1/services', { schema: { querystring: LIST_QUERY, response: { 200: SERVICE_LIST } } }, ({ query }) =>
    listServices(view, query),
  );
}
