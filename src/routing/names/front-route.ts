/**
 * Front routes: the way of a client that names a Service or a pod, made as if there were a lane.
 *
 * The table has the ServicePorts of every Service with a cluster IP, also where cluster IPs are not served. They are used
 * as they are, so that all ways to a Service share balancing and ejection; what the table lacks (headless Services, traffic
 * policy Local) is made here as a lane would have it.
 */

import { familyOf, formatHostPort } from '../../model/address.ts';
import type { Endpoint } from '../../model/endpoint.ts';
import type { SliceEndpoint } from '../../model/endpoint-slice.ts';
import type { Route, RoutingTable, ServicePort, ServiceRoutes } from '../../model/route.ts';
import { type ServicePortSpec, serviceKey } from '../../model/service.ts';
import { wantsListener } from '../frontends.ts';
import { lanePort } from '../service-claims.ts';
import { dashedAddress } from './parse-name.ts';

/** The route to a TCP port of a Service; `undefined` = it has no such port, or there is no such Service. */
export function frontRoute(table: RoutingTable, namespace: string, service: string, port: number): Route | undefined {
  const routes = table.services.get(serviceKey(namespace, service));
  const spec = routes && findPort(routes, port);
  if (routes === undefined || spec === undefined || routes.service.type === 'ExternalName') return undefined;
  const previous = new Map(routes.ports.map((servicePort) => [servicePort.key, servicePort]));
  const source = { service: routes.service, slices: routes.slices, node: table.node, previous };
  const servicePort = lanePort(routes.service, spec, routes.ports, source);
  return servicePort && routeTo(servicePort, port, '');
}

/** The route to some pods of a Service at a port of theirs, whether the Service has that port or not. */
export function podRoute({ service }: ServiceRoutes, pods: readonly SliceEndpoint[], port: number): Route | undefined {
  const endpoints = pods.map((pod) => endpointAt(pod, port, service.namespace));
  const [first] = endpoints;
  if (first === undefined) return undefined;
  const family = familyOf(first.address);
  const names = [...new Set(endpoints.map(({ address }) => address))].join(',');
  const servicePort: ServicePort = {
    key: `${serviceKey(service.namespace, service.name)}:${port}/TCP/${family}/pod/${names}`,
    namespace: service.namespace,
    service: service.name,
    portName: '',
    protocol: 'TCP',
    family,
    port,
    nodePort: 0,
    algorithm: undefined,
    sessionAffinity: 'None',
    sessionAffinityTimeoutSeconds: 0,
    internalPolicyLocal: false,
    externalPolicyLocal: false,
    sourceRanges: [],
    endpoints,
    clusterEndpoints: endpoints,
    localEndpoints: undefined,
    hasAnyEndpoints: true,
    topology: { mode: 'none', reason: 'HINTS_ABSENT' },
  };
  return routeTo(servicePort, port, endpoints.length > 1 ? '' : first.podName || dashedAddress(first.address));
}

/** By the Service's number, or, where the Service is headless, by that of its pods: it is what DNS leads clients to. */
function findPort({ service, slices }: ServiceRoutes, port: number): ServicePortSpec | undefined {
  const specs = service.ports.filter(({ protocol }) => protocol === 'TCP');
  const own = specs.find((spec) => spec.port === port);
  if (own !== undefined || !service.headless) return own;
  const names = slices.flatMap(({ ports }) => ports.filter((entry) => entry.port === port && entry.protocol === 'TCP'));
  return specs.find(({ name }) => names.some((entry) => entry.name === name));
}

/** A frontend that nobody binds: its key is the name, `web.shop:80/TCP`. Kind `local`: it knows no traffic policy. */
function routeTo(servicePort: ServicePort, port: number, pod: string): Route {
  const { namespace, service, family } = servicePort;
  const name = `${service}.${namespace}`;
  const key = `${pod === '' ? name : `${pod}.${name}`}:${port}/TCP`;
  const frontend = { key, kind: 'local', address: '', port, protocol: 'TCP', family } as const;
  return { frontend, servicePort, listens: wantsListener('local', servicePort) };
}

function endpointAt(pod: SliceEndpoint, port: number, namespace: string): Endpoint {
  return {
    key: formatHostPort(pod.address, port),
    address: pod.address,
    port,
    ready: pod.ready,
    serving: pod.serving,
    terminating: pod.terminating,
    isLocal: false,
    nodeName: pod.nodeName,
    zone: pod.zone,
    namespace,
    podName: pod.podName,
    hintZones: pod.hintZones,
    hintNodes: pod.hintNodes,
    sliceName: '',
    sliceIndex: pod.index,
  };
}
