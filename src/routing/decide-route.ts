/**
 * The verdict on one client of one route. The data path calls this for every flow.
 *
 *   source ranges ─▶ any endpoint at all? ─▶ the set in use ─▶ forward, reject or drop
 */

import { cidrContains } from '../model/address.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { Route, ServicePort } from '../model/route.ts';
import { type ClientClass, clientClassAt } from './client-class.ts';
import type { RouteDecision } from './decision.ts';
import { endpointSetOf } from './endpoint-set.ts';

const NOBODY: readonly Endpoint[] = [];
const SOURCE_DENIED: RouteDecision = { action: 'drop', reason: 'SOURCE_DENIED', endpoints: NOBODY };
const NO_ENDPOINT: RouteDecision = { action: 'reject', reason: 'NO_ENDPOINT', endpoints: NOBODY };
const NO_LOCAL_ENDPOINT: RouteDecision = { action: 'drop', reason: 'NO_LOCAL_ENDPOINT', endpoints: NOBODY };

/**
 * What a client of a route gets. `sourceAddress` is canonical; `undefined` = unknown, and every source range lets it in.
 * Source ranges come first: a client that they deny does not learn whether there are endpoints. SCTP is decided as
 * Kubernetes would, with the reason PORT_UNSUPPORTED: its routes never listen.
 *
 * Source: Service `spec.internalTrafficPolicy`, `spec.externalTrafficPolicy`, `spec.loadBalancerSourceRanges`.
 */
export function decideRoute(
  { frontend, servicePort }: Route,
  sourceAddress: string | undefined,
  clientClass: ClientClass,
): RouteDecision {
  if (frontend.kind === 'loadBalancerIP' && !isSourceAllowed(servicePort, sourceAddress)) return SOURCE_DENIED;
  if (!servicePort.hasAnyEndpoints) return NO_ENDPOINT;
  const set = endpointSetOf(frontend.kind, servicePort, clientClassAt(frontend, sourceAddress, clientClass));
  const endpoints = (set === 'local' ? servicePort.localEndpoints : servicePort.clusterEndpoints) ?? NOBODY;
  if (endpoints.length === 0) return set === 'local' ? NO_LOCAL_ENDPOINT : NO_ENDPOINT;
  return { action: 'forward', reason: servicePort.protocol === 'SCTP' ? 'PORT_UNSUPPORTED' : 'FORWARD', endpoints };
}

function isSourceAllowed({ sourceRanges }: ServicePort, sourceAddress: string | undefined): boolean {
  if (sourceRanges.length === 0 || sourceAddress === undefined) return true;
  return sourceRanges.some((range) => cidrContains(range, sourceAddress));
}
