/**
 * The lists of what lives now: connections, UDP flows, listeners, endpoints, Services, ejections. Endpoints and Services also
 * as they were.
 */

import type { TSchema } from 'typebox';
import { EJECTION_LIST, listEjections } from './ejection-rows.ts';
import { ENDPOINT_LIST, listEndpoints } from './endpoint-rows.ts';
import { FLOW_LIST, listFlows } from './flow-rows.ts';
import type { HttpApp } from './http-app.ts';
import { LISTENER_LIST, listListeners } from './listener-rows.ts';
import { operation } from './operation.ts';
import { LIST_QUERY } from './page.ts';
import { AT_QUERY, viewAt } from './revisions.ts';
import { listServices, SERVICE_LIST } from './service-rows.ts';
import type { AdminView } from './view.ts';

/** Adds the lists to an app. Each takes `namespace`, `service`, `limit` and `continue`, some `at`. */
export function addLiveRoutes(app: HttpApp, view: AdminView): void {
  app.get('/v1/connections', { schema: CONNECTIONS }, ({ query }) => listFlows(view, 'TCP', query));
  app.get('/v1/udp', { schema: UDP }, ({ query }) => listFlows(view, 'UDP', query));
  app.get('/v1/listeners', { schema: LISTENERS }, ({ query }) => listListeners(view, query));
  app.get('/v1/endpoints', { schema: ENDPOINTS }, async ({ query }) =>
    listEndpoints(await viewAt(view, query.at), query),
  );
  app.get('/v1/services', { schema: SERVICES }, async ({ query }) => listServices(await viewAt(view, query.at), query));
  app.get('/v1/ejections', { schema: EJECTIONS }, ({ query }) => listEjections(view, query));
}

const CONNECTIONS = list('listConnections', 'Live TCP connections, and why each has its endpoint', FLOW_LIST);
const UDP = list('listUdpFlows', 'Live UDP flows, and why each has its endpoint', FLOW_LIST);
const LISTENERS = list('listListeners', 'The socket of every frontend', LISTENER_LIST);
const ENDPOINTS = listAt('listEndpoints', 'Every endpoint: its state, and how many clients have it', ENDPOINT_LIST);
const SERVICES = listAt('listServices', 'Every Service that is known, routed or not', SERVICE_LIST);
const EJECTIONS = list('listEjections', 'Endpoints that are left out, by svclane or by an operator', EJECTION_LIST);

function list<A extends TSchema>(id: string, summary: string, answer: A) {
  return operation({ id, tag: 'live', summary }, { querystring: LIST_QUERY }, answer);
}

/** One that can be asked for at a revision too. */
function listAt<A extends TSchema>(id: string, summary: string, answer: A) {
  return operation({ id, tag: 'live', summary, problems: [404] }, { querystring: AT_QUERY }, answer);
}
