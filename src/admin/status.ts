/**
 * `GET /v1/status`: the whole daemon on one screen.
 */

import { type Static, Type } from 'typebox';
import type { Route } from '../model/route.ts';
import type { ResourceStatus } from '../model/source.ts';
import type { AdminView } from './view.ts';

const RESOURCE = Type.Object({
  kind: Type.String(),
  state: Type.String(),
  objects: Type.Integer(),
  relists: Type.Integer(),
  restarts: Type.Integer(),
  /** Seconds since the last proof that what we have is current; `null` = never. */
  ageSeconds: Type.Union([Type.Integer(), Type.Null()]),
  error: Type.String(),
  hint: Type.String(),
});

const FAILED_LISTENER = Type.Object({
  service: Type.String(),
  frontend: Type.String(),
  kind: Type.String(),
  reason: Type.String(),
  error: Type.String(),
});

const CONFLICT = Type.Object({ service: Type.String(), frontend: Type.String(), owner: Type.String() });

/** The shape of the status. `endpoints` counts each once per Service port. */
export const STATUS = Type.Object({
  version: Type.String(),
  mode: Type.String(),
  uptimeSeconds: Type.Integer(),
  generation: Type.Integer(),
  node: Type.Object({ name: Type.String(), zone: Type.String() }),
  capture: Type.String(),
  source: Type.Object({ type: Type.String(), description: Type.String(), resources: Type.Array(RESOURCE) }),
  counts: Type.Object({
    services: Type.Integer(),
    routes: Type.Integer(),
    endpoints: Type.Integer(),
    listening: Type.Integer(),
    idle: Type.Integer(),
    failed: Type.Integer(),
    connections: Type.Integer(),
    overrides: Type.Integer(),
    faults: Type.Integer(),
  }),
  failedListeners: Type.Array(FAILED_LISTENER),
  conflicts: Type.Array(CONFLICT),
});

export type Status = Static<typeof STATUS>;
type Counts = Status['counts'];

/** The status at this moment. Failed listeners and conflicts are in the order of Services. */
export function statusOf(view: AdminView): Status {
  const table = view.table();
  const { nodeName, zone } = table.node;
  const { type, description, resources } = view.source();
  return {
    version: view.version,
    mode: view.mode,
    uptimeSeconds: secondsSince(view, view.startedAtMs),
    generation: table.generation,
    node: { name: nodeName, zone },
    capture: view.capture(),
    source: { type, description, resources: resources.map((resource) => resourceOf(view, resource)) },
    ...countAll(view),
  };
}

function countAll(view: AdminView): Pick<Status, 'counts' | 'failedListeners' | 'conflicts'> {
  const { services } = view.table();
  const { overrides, faults } = view.interventions ?? {};
  const interventions = { overrides: overrides?.size ?? 0, faults: faults?.size ?? 0 };
  const found = { listening: 0, idle: 0, failed: 0, connections: 0 };
  const counts = { services: services.size, routes: 0, endpoints: 0, ...found, ...interventions };
  const failedListeners: Status['failedListeners'] = [];
  const conflicts: Status['conflicts'] = [];
  const sorted = [...services.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  for (const { key, ports, routes, conflicts: lost } of sorted) {
    for (const { endpoints } of ports) counts.endpoints += endpoints.length;
    for (const route of routes) countRoute(view, route, counts, failedListeners);
    for (const { frontend, owner } of lost) conflicts.push({ service: key, frontend: frontend.key, owner });
  }
  return { counts, failedListeners, conflicts };
}

function countRoute(view: AdminView, route: Route, counts: Counts, failed: Status['failedListeners']): void {
  const { frontend, servicePort } = route;
  const listener = view.listener(frontend);
  counts.routes++;
  counts.connections += view.flows(frontend);
  counts[listener?.state ?? 'idle']++;
  if (listener?.state !== 'failed') return;
  const service = `${servicePort.namespace}/${servicePort.service}`;
  const { code = '', message = '' } = listener.failure ?? {};
  failed.push({ service, frontend: frontend.key, kind: frontend.kind, reason: code, error: message });
}

function resourceOf(view: AdminView, status: ResourceStatus): Static<typeof RESOURCE> {
  const { kind, state, objects, relists, restarts, lastContactMs, error } = status;
  const ageSeconds = lastContactMs === undefined ? null : secondsSince(view, lastContactMs);
  return { kind, state, objects, relists, restarts, ageSeconds, error: error?.message ?? '', hint: error?.hint ?? '' };
}

function secondsSince(view: AdminView, ms: number): number {
  return Math.max(0, Math.floor((view.now() - ms) / 1000));
}
