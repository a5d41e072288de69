/**
 * Which endpoints may serve: the cluster set and the local set of a Service port.
 *
 *   cluster = ready, filtered by topology hints   else every endpoint that terminates and still serves
 *   local   = ready and on this node              else those on this node that terminate and still serve
 *
 * The two fall back apart from one another.
 *
 * Source: KEP-1669 (terminating endpoints), KEP-2086 (internalTrafficPolicy), KEP-2433 and KEP-3015 (hints).
 */

import type { Endpoint } from '../model/endpoint.ts';
import type { TopologyVerdict } from '../model/route.ts';
import type { Collect } from './codes.ts';
import { endpointExclusion } from './join-slices.ts';

/** Where the proxy runs. */
export interface TopologyContext {
  readonly nodeName: string;
  readonly zone: string;
  /** Whether node hints count; absent = they do. */
  readonly nodeHints?: boolean;
}

/** Which of the sets a Service port uses at all. */
export interface EndpointNeeds {
  readonly cluster: boolean;
  readonly local: boolean;
}

/** The sets; `undefined` = not used by the Service, which is not the same as empty. */
export interface CategorizedEndpoints {
  readonly clusterEndpoints: readonly Endpoint[] | undefined;
  readonly localEndpoints: readonly Endpoint[] | undefined;
  /** Some endpoint could serve: a client that finds none is dropped rather than refused. */
  readonly hasAnyEndpoints: boolean;
  readonly topology: TopologyVerdict;
}

/** Sorts the endpoints of a Service port into the sets that it needs. */
export function categorizeEndpoints(
  endpoints: readonly Endpoint[],
  needs: EndpointNeeds,
  context: TopologyContext,
): CategorizedEndpoints {
  const clusterEndpoints = needs.cluster ? selectCluster(endpoints, context) : undefined;
  const hasCluster = clusterEndpoints !== undefined && clusterEndpoints.length > 0;
  return {
    clusterEndpoints,
    localEndpoints: needs.local ? selectLocal(endpoints) : undefined,
    hasAnyEndpoints: hasCluster || (needs.local && endpoints.some((endpoint) => endpoint.ready || isStandby(endpoint))),
    topology: judgeTopology(endpoints, context),
  };
}

/** The endpoints that are eligible under policy Cluster. */
export function selectCluster(
  endpoints: readonly Endpoint[],
  context: TopologyContext,
  collect?: Collect,
): readonly Endpoint[] {
  const usable = selectUsable(endpoints, collect);
  const { mode } = judgeTopology(endpoints, context);
  if (mode === 'none') return usable;
  return usable.filter((endpoint) => {
    const names = mode === 'node' ? endpoint.hintNodes : endpoint.hintZones;
    const kept = names.includes(mode === 'node' ? context.nodeName : context.zone);
    if (!kept) collectHint(mode, endpoint, collect);
    return kept;
  });
}

/** The endpoints that are eligible under policy Local. Hints have no say. */
export function selectLocal(endpoints: readonly Endpoint[], collect?: Collect): readonly Endpoint[] {
  const local = endpoints.filter((endpoint) => {
    if (endpoint.isLocal) return true;
    if (isUsable(endpoint)) collect?.(endpointExclusion('EP_NOT_LOCAL', endpoint, 'nodeName', endpoint.nodeName));
    else collectUnusable(endpoint, collect);
    return false;
  });
  return selectUsable(local, collect);
}

/**
 * How hints are used: all or nothing over the ready endpoints. Every one must have a hint, and one must be for this node;
 * else the same with zones; else hints do not filter.
 *
 * Source: EndpointSlice `endpoints[].hints`, Node label `topology.kubernetes.io/zone`.
 */
export function judgeTopology(
  endpoints: readonly Endpoint[],
  { nodeName, zone, nodeHints = true }: TopologyContext,
): TopologyVerdict {
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  if (ready.length === 0) return { mode: 'none', reason: 'HINTS_NO_READY_ENDPOINT' };
  const allNodes = nodeHints && ready.every((endpoint) => endpoint.hintNodes.length > 0);
  const allZones = ready.every((endpoint) => endpoint.hintZones.length > 0);
  if (allNodes && ready.some(({ hintNodes }) => hintNodes.includes(nodeName)))
    return { mode: 'node', reason: 'HINTS_USED' };
  if (allZones && zone !== '' && ready.some(({ hintZones }) => hintZones.includes(zone))) {
    return { mode: 'zone', reason: 'HINTS_USED' };
  }
  return { mode: 'none', reason: whyIgnored(ready, allNodes, allZones, zone) };
}

function whyIgnored(
  ready: readonly Endpoint[],
  allNodes: boolean,
  allZones: boolean,
  zone: string,
): TopologyVerdict['reason'] {
  if (ready.every(({ hintNodes, hintZones }) => hintNodes.length + hintZones.length === 0)) return 'HINTS_ABSENT';
  if (allZones) return zone === '' ? 'HINTS_NO_ZONE_LABEL' : 'HINTS_NONE_FOR_ZONE';
  const zoneHints = ready.some(({ hintZones }) => hintZones.length > 0);
  return allNodes && !zoneHints ? 'HINTS_NONE_FOR_ZONE' : 'HINTS_INCOMPLETE';
}

/** The ready ones; where there are none, those that terminate and still serve. */
function selectUsable(endpoints: readonly Endpoint[], collect: Collect | undefined): readonly Endpoint[] {
  const anyReady = endpoints.some((endpoint) => endpoint.ready);
  return endpoints.filter((endpoint) => {
    const kept = anyReady ? endpoint.ready : isStandby(endpoint);
    if (!kept) collectUnusable(endpoint, collect);
    return kept;
  });
}

function isUsable(endpoint: Endpoint): boolean {
  return endpoint.ready || isStandby(endpoint);
}

function isStandby(endpoint: Endpoint): boolean {
  return endpoint.serving && endpoint.terminating;
}

function collectUnusable(endpoint: Endpoint, collect: Collect | undefined): void {
  if (!collect) return;
  if (!endpoint.terminating) collect(endpointExclusion('EP_NOT_READY', endpoint, 'conditions.ready', endpoint.ready));
  else if (!endpoint.serving)
    collect(endpointExclusion('EP_NOT_SERVING', endpoint, 'conditions.serving', endpoint.serving));
  else collect(endpointExclusion('EP_TERMINATING_STANDBY', endpoint, 'conditions.terminating', endpoint.terminating));
}

function collectHint(mode: 'node' | 'zone', endpoint: Endpoint, collect: Collect | undefined): void {
  if (mode === 'node') collect?.(endpointExclusion('EP_HINT_NODE', endpoint, 'hints.forNodes', endpoint.hintNodes));
  else collect?.(endpointExclusion('EP_HINT_ZONE', endpoint, 'hints.forZones', endpoint.hintZones));
}
