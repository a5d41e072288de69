/**
 * What a Service's routing comes to, as text: two that route alike have one text, whatever objects they are.
 */

import type { Endpoint } from '../model/endpoint.ts';
import type { Route, ServicePort, ServiceRoutes } from '../model/route.ts';

/** The text: every route and ServicePort with its endpoints, who is eligible, and what is not routed and why. */
export function routingText({ key, unrouted, ports, routes, conflicts, localReadyIPs }: ServiceRoutes): string {
  return JSON.stringify([
    key,
    unrouted ?? '',
    ports.map(portFacts),
    routes.map(({ frontend, servicePort, listens }: Route) => [frontend.key, frontend.kind, servicePort.key, listens]),
    conflicts.map(({ frontend, owner }) => [frontend.key, owner]),
    localReadyIPs,
  ]);
}

/** Whether two builds of one Service route alike. */
export function hasSameRouting(a: ServiceRoutes, b: ServiceRoutes): boolean {
  return a === b || routingText(a) === routingText(b);
}

function portFacts(port: ServicePort): unknown {
  const { endpoints, clusterEndpoints, localEndpoints, sourceRanges, topology, ...facts } = port;
  return {
    ...facts,
    sourceRanges: sourceRanges.map(({ text }) => text),
    topology: topology.reason,
    endpoints: endpoints.map(endpointFacts),
    cluster: clusterEndpoints?.map(({ key }) => key) ?? null,
    local: localEndpoints?.map(({ key }) => key) ?? null,
  };
}

/** Where an endpoint stands in its slice does not matter to routing. */
function endpointFacts(endpoint: Endpoint): unknown {
  const { key, ready, serving, terminating, isLocal, nodeName, zone, podName, hintZones, hintNodes } = endpoint;
  return [key, ready, serving, terminating, isLocal, nodeName, zone, podName, hintZones, hintNodes];
}
