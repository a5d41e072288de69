/**
 * Findings of single frontends and classes of clients, put together where they say the same of one Service port.
 */

import type { Route, ServicePort } from '../model/route.ts';
import type { ClientClass } from '../routing/client-class.ts';
import type { Exclusion } from '../routing/codes.ts';
import type { Drift, DriftKind } from './drift.ts';
import { CLIENT_CLASSES } from './programmed.ts';

/** One thing that is wrong at one frontend, for some clients. */
export interface Finding {
  readonly route: Route;
  readonly kind: DriftKind;
  readonly classes: readonly ClientClass[];
  readonly endpoint?: string;
  readonly found?: string;
  readonly wanted?: string;
  readonly exclusion?: Exclusion;
}

/** `shop/web:http`, `shop/web` where the port has no name. */
function nameOf({ namespace, service, portName }: ServicePort): string {
  return `${namespace}/${service}${portName === '' ? '' : `:${portName}`}`;
}

/** The drifts, sorted. `routes` are all that were compared. */
export function groupFindings(findings: readonly Finding[], routes: readonly Route[]): readonly Drift[] {
  const sizes = new Map<string, number>();
  for (const { servicePort } of routes) sizes.set(servicePort.key, (sizes.get(servicePort.key) ?? 0) + 1);
  const groups = new Map<string, [Finding, ...Finding[]]>();
  for (const finding of findings) {
    const { route, kind, endpoint, found, wanted } = finding;
    const key = JSON.stringify([route.servicePort.key, kind, endpoint, found, wanted]);
    const group = groups.get(key);
    if (group) group.push(finding);
    else groups.set(key, [finding]);
  }
  return [...groups.values()].map((group) => driftOf(group, sizes)).sort(byPlace);
}

/** By Service port; within it in the order of kind, endpoint and frontend. */
function byPlace(a: Drift, b: Drift): number {
  const [one, other] = [a, b].map(({ servicePort, kind, endpoint, frontends, found }) =>
    JSON.stringify([servicePort, kind, endpoint, frontends, found]),
  );
  return (one ?? '') < (other ?? '') ? -1 : 1;
}

function driftOf(group: readonly [Finding, ...Finding[]], sizes: ReadonlyMap<string, number>): Drift {
  const [{ route, kind, endpoint = '', found = '', wanted = '' }] = group;
  const { servicePort } = route;
  const frontends = [...new Set(group.map((finding) => finding.route.frontend.key))].sort();
  const touched = new Set(group.flatMap(({ classes }) => classes));
  const clients = CLIENT_CLASSES.filter((clientClass) => touched.has(clientClass));
  const exclusion = group.find((finding) => finding.exclusion)?.exclusion;
  return {
    kind,
    namespace: servicePort.namespace,
    service: servicePort.service,
    servicePort: nameOf(servicePort),
    frontends,
    partly: frontends.length < (sizes.get(servicePort.key) ?? 0),
    clients: clients.length === CLIENT_CLASSES.length ? [] : clients,
    endpoint,
    found,
    wanted,
    ...(exclusion && { exclusion }),
  };
}
