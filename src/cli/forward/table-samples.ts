/**
 * Pods to try the way to, of those that the first table has.
 */

import type { Endpoint } from '../../model/endpoint.ts';
import type { RoutingTable } from '../../model/route.ts';
import { serviceKey } from '../../model/service.ts';
import { type BoundLane, servicePortOf } from './bound-lane.ts';

/** Those that `served` lanes lead to; else, since lanes for UDP are not in the table yet, any port of what is `planned`. */
export function tableSamples(
  planned: readonly Pick<BoundLane, 'plan'>[],
  served: readonly BoundLane[],
  table: RoutingTable,
): readonly Endpoint[] {
  const samples = served.flatMap((lane) => servicePortOf(lane, table)?.clusterEndpoints ?? []);
  if (samples.length > 0) return samples;
  return planned.flatMap(({ plan: { namespace, service } }) => {
    const routes = table.services.get(serviceKey(namespace, service));
    return routes?.ports.flatMap(({ clusterEndpoints }) => clusterEndpoints ?? []) ?? [];
  });
}
