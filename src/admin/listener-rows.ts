/**
 * `GET /v1/listeners`: the socket of each frontend.
 */

import { type Static, Type } from 'typebox';
import { formatHostPort } from '../model/address.ts';
import type { Route } from '../model/route.ts';
import { isWanted, type ListQuery, pageOf } from './page.ts';
import type { AdminView } from './view.ts';

/** One frontend. `bound` is where its socket is, "" without one; `reason` and `error` say why it is not `listening`. */
export const LISTENER_ROW = Type.Object({
  namespace: Type.String(),
  service: Type.String(),
  port: Type.Integer(),
  portName: Type.String(),
  protocol: Type.String(),
  frontend: Type.String(),
  kind: Type.String(),
  state: Type.String(),
  bound: Type.String(),
  connections: Type.Integer(),
  reason: Type.String(),
  error: Type.String(),
});

export const LISTENER_LIST = Type.Object({ items: Type.Array(LISTENER_ROW), continue: Type.Optional(Type.String()) });

export type ListenerRow = Static<typeof LISTENER_ROW>;
export type ListenerList = Static<typeof LISTENER_LIST>;

/** The listeners by frontend. */
export function listListeners(view: AdminView, query: ListQuery): ListenerList {
  const found = [];
  for (const route of view.table().routes.values()) {
    if (isWanted(query, route.servicePort))
      found.push({ key: route.frontend.key, row: () => listenerRow(view, route) });
  }
  return pageOf(found, query);
}

/** One frontend, and what became of its socket. */
export function listenerRow(view: AdminView, route: Route): ListenerRow {
  const { frontend, servicePort } = route;
  const listener = view.listener(frontend);
  const state = listener?.state ?? 'idle';
  const reason = state === 'idle' ? view.idleReason(route) : listener?.failure;
  const { namespace, service, port, portName, protocol } = servicePort;
  return {
    namespace,
    service,
    port,
    portName,
    protocol,
    frontend: frontend.key,
    kind: frontend.kind,
    state,
    bound: listener?.bound ? formatHostPort(listener.bound.address, listener.bound.port) : '',
    connections: view.flows(frontend),
    reason: reason?.code ?? '',
    error: reason?.message ?? '',
  };
}
