/**
 * One Service, built: its ServicePorts, and the frontends that it claims. Who gets a frontend that two Services claim is
 * decided by the table.
 */

import { IP_FAMILIES } from '../model/address.ts';
import type { EndpointSlice } from '../model/endpoint-slice.ts';
import type {
  Frontend,
  LaneTarget,
  NodeContext,
  Route,
  ServicePort,
  ServiceRoutes,
  UnroutedReason,
} from '../model/route.ts';
import { type Service, type ServicePortSpec, serviceKey } from '../model/service.ts';
import { frontendsOf, laneFrontend, wantsListener } from './frontends.ts';
import { buildLanePort, buildServicePort, type ServicePortSource } from './service-port.ts';
import { servicePortsOf } from './service-ports.ts';
import { isReachableByLane, unroutedReason } from './service-selection.ts';

/** What a Service wants of the table. */
export interface ServiceClaims {
  readonly key: string;
  readonly service: Service;
  readonly unrouted: UnroutedReason | undefined;
  readonly slices: readonly EndpointSlice[];
  readonly ports: readonly ServicePort[];
  /** Frontend key → the route, if the Service gets it. The order is that of the ports. */
  readonly claims: ReadonlyMap<string, Route>;
  /** Frontends that two ports of this very Service claim: the later ones. */
  readonly doubles: readonly Frontend[];
  readonly localReadyIPs: readonly string[];
}

/** What claims are made from. `before` gives the objects to keep where nothing changed. */
export interface ClaimsSource {
  readonly service: Service;
  readonly slices: readonly EndpointSlice[];
  readonly serviceProxyName: string;
  readonly node: NodeContext;
  readonly before: ServiceRoutes | undefined;
}

/** Builds the claims of one Service. */
export function buildClaims({ service, slices, serviceProxyName, node, before }: ClaimsSource): ServiceClaims {
  const previous = new Map(before?.ports.map((port) => [port.key, port]));
  const source: ServicePortSource = { service, slices, node, previous };
  const wanted: Wanted[] = [];
  for (const family of IP_FAMILIES) {
    for (const facts of servicePortsOf(service, family, serviceProxyName)) {
      wanted.push({ servicePort: buildServicePort(facts, source), frontends: frontendsOf(facts, node) });
    }
  }
  const routed = wanted.map(({ servicePort }) => servicePort);
  if (isReachableByLane(service, serviceProxyName)) wanted.push(...lanesOf(service, node, routed, source));
  return {
    key: serviceKey(service.namespace, service.name),
    service,
    unrouted: unroutedReason(service, serviceProxyName),
    slices,
    ports: [...new Set(wanted.map(({ servicePort }) => servicePort))],
    ...collectClaims(wanted),
    localReadyIPs: localReadyIPsOf(routed),
  };
}

/**
 * The distinct addresses of ready endpoints on this node, sorted: what a load balancer is told of this node. Hints,
 * policies and terminating endpoints have no say.
 *
 * Source: Service `spec.healthCheckNodePort`, KEP-1669.
 */
export function localReadyIPsOf(ports: readonly Pick<ServicePort, 'endpoints'>[]): readonly string[] {
  const ready = ports.flatMap(({ endpoints }) => endpoints.filter((endpoint) => endpoint.isLocal && endpoint.ready));
  return [...new Set(ready.map(({ address }) => address))].sort();
}

interface Wanted {
  readonly servicePort: ServicePort;
  readonly frontends: readonly Frontend[];
}

function lanesOf(
  service: Service,
  node: NodeContext,
  routed: readonly ServicePort[],
  source: ServicePortSource,
): readonly Wanted[] {
  const found: Wanted[] = [];
  const built = new Map<ServicePortSpec, ServicePort | undefined>();
  for (const lane of laneTargets(service, node)) {
    const spec = service.ports.find((port) => leadsTo(lane, port));
    if (spec && !built.has(spec)) built.set(spec, firstOfKey(built.values(), lanePort(service, spec, routed, source)));
    const servicePort = spec && built.get(spec);
    if (servicePort) found.push({ servicePort, frontends: [laneFrontend(lane)] });
  }
  return found;
}

/** A manifest can have two ports of one name. */
function firstOfKey(
  known: Iterable<ServicePort | undefined>,
  servicePort: ServicePort | undefined,
): ServicePort | undefined {
  return [...known].find((port) => port?.key === servicePort?.key) ?? servicePort;
}

function laneTargets(service: Service, { lanes, hosts }: NodeContext): readonly LaneTarget[] {
  const { namespace, name } = service;
  const own = lanes.filter((lane) => lane.namespace === namespace && lane.service === name);
  const address = hosts?.addressOf(serviceKey(namespace, name));
  if (!hosts || address === undefined) return own;
  const ports = service.ports.filter(({ protocol }) => protocol === 'TCP' || (protocol === 'UDP' && hosts.udp));
  return [
    ...own,
    ...ports.map(({ port, protocol }) => ({ namespace, service: name, port, protocol, address, localPort: port })),
  ];
}

function leadsTo(lane: LaneTarget, port: ServicePortSpec): boolean {
  return port.protocol === lane.protocol && (lane.port === port.port || lane.port === port.name);
}

/**
 * The ServicePort of a lane: of the first family of the Service that has an eligible endpoint, else of the primary. The
 * one among `routed` is used where it has the cluster set, so that lanes and cluster IPs share their balancing.
 */
export function lanePort(
  service: Service,
  spec: ServicePortSpec,
  routed: readonly ServicePort[],
  source: ServicePortSource,
): ServicePort | undefined {
  const ports = service.ipFamilies.map((family) => {
    const own = routed.find(
      (port) => port.family === family && port.portName === spec.name && port.protocol === spec.protocol,
    );
    return own?.clusterEndpoints ? own : buildLanePort(spec, family, source);
  });
  return ports.find(({ clusterEndpoints = [] }) => clusterEndpoints.length > 0) ?? ports[0];
}

function collectClaims(wanted: readonly Wanted[]): Pick<ServiceClaims, 'claims' | 'doubles'> {
  const claims = new Map<string, Route>();
  const doubles: Frontend[] = [];
  for (const { servicePort, frontends } of wanted) {
    for (const frontend of frontends) {
      const first = claims.get(frontend.key);
      if (!first)
        claims.set(frontend.key, { frontend, servicePort, listens: wantsListener(frontend.kind, servicePort) });
      else if (first.servicePort !== servicePort) doubles.push(frontend);
    }
  }
  return { claims, doubles };
}
