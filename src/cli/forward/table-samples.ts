/**
 * Pods to try the way to, of those that the first table has.
 */

import type { Endpoint } from '../../model/endpoint.ts';
import type { RoutingTable, ServiceRoutes } from '../../model/route.ts';
import { serviceKey } from '../../model/service.ts';
import { type BoundLane, servicePortOf } from './bound-lane.ts';

/** More are not looked for: the way to one pod is that to all. */
const MAX_OF_ANY = 8;

/**
 * Those that `served` lanes lead to; else, since lanes for UDP are not in the table yet, any port of what is `planned`; where
 * nothing is, since names lead to everything, of any Service.
 */
export function tableSamples(
  planned: readonly Pick<BoundLane, 'plan'>[],
  served: readonly BoundLane[],
  table: RoutingTable,
): readonly Endpoint[] {
  const samples = served.flatMap((lane) => servicePortOf(lane, table)?.clusterEndpoints ?? []);
  if (samples.length > 0) return samples;
  if (planned.length === 0) return samplesOfAny(table);
  return planned.flatMap(({ plan: { namespace, service } }) =>
    samplesOf(table.services.get(serviceKey(namespace, service))),
  );
}

function samplesOfAny({ services }: RoutingTable): readonly Endpoint[] {
  const found: Endpoint[] = [];
  for (const routes of services.values()) {
    found.push(...samplesOf(routes));
    if (found.length >= MAX_OF_ANY) break;
  }
  return found.slice(0, MAX_OF_ANY);
}

function samplesOf(routes: ServiceRoutes | undefined): readonly Endpoint[] {
  return routes?.ports.flatMap(({ clusterEndpoints }) => clusterEndpoints ?? []) ?? [];
}
