/**
 * ServicePort: the facts of a Service port and its endpoints, made one. What did not change keeps its identity.
 */

import { keepEqual } from '../lib/deep-equal.ts';
import { type Cidr, cidrContains, type IpFamily, parseCidr } from '../model/address.ts';
import type { Endpoint } from '../model/endpoint.ts';
import type { EndpointSlice } from '../model/endpoint-slice.ts';
import type { NodeContext, ServicePort } from '../model/route.ts';
import { type Service, type ServicePortSpec, serviceKey } from '../model/service.ts';
import { categorizeEndpoints, type EndpointNeeds } from './categorize-endpoints.ts';
import { joinSlices } from './join-slices.ts';
import { isPortExternal, type ServicePortFacts } from './service-ports.ts';

/** What a ServicePort is made from. `previous` gives the objects to keep where nothing changed. */
export interface ServicePortSource {
  readonly service: Service;
  readonly slices: readonly EndpointSlice[];
  readonly node: NodeContext;
  readonly previous: ReadonlyMap<string, ServicePort>;
}

/** The ServicePort of a routed port. */
export function buildServicePort(facts: ServicePortFacts, source: ServicePortSource): ServicePort {
  const { family, internalPolicyLocal, externalPolicyLocal } = facts;
  const isExternal = isPortExternal(facts);
  const needs: EndpointNeeds = {
    // Clients inside the cluster get the cluster set at external addresses, whatever the external policy.
    cluster: !internalPolicyLocal || isExternal,
    local: internalPolicyLocal || (externalPolicyLocal && isExternal),
  };
  const key = `${baseKey(source.service, facts)}/${family}`;
  return assemble(key, facts, needs, source, {
    nodePort: facts.nodePort,
    internalPolicyLocal,
    externalPolicyLocal,
    sourceRanges: guardingRanges(facts, source.node),
  });
}

/** The ServicePort of a lane to a port in one family: it knows no traffic policy, for a laptop is on no node. */
export function buildLanePort(spec: ServicePortSpec, family: IpFamily, source: ServicePortSource): ServicePort {
  const identity = { portName: spec.name, protocol: spec.protocol, family, port: spec.port };
  const key = `${baseKey(source.service, identity)}/${family}/lane`;
  return assemble(key, identity, { cluster: true, local: false }, source, {
    nodePort: 0,
    internalPolicyLocal: false,
    externalPolicyLocal: false,
    sourceRanges: [],
  });
}

type Identity = Pick<ServicePort, 'portName' | 'protocol' | 'family' | 'port'>;
type Policy = Pick<ServicePort, 'nodePort' | 'internalPolicyLocal' | 'externalPolicyLocal' | 'sourceRanges'>;

function assemble(
  key: string,
  { portName, protocol, family, port }: Identity,
  needs: EndpointNeeds,
  { service, slices, node, previous }: ServicePortSource,
  policy: Policy,
): ServicePort {
  const before = previous.get(key);
  const target = { family, portName, protocol, nodeName: node.nodeName };
  const endpoints = keepEndpoints(before, joinSlices(slices, target));
  const { algorithm, ...asked } = service.annotations;
  return keepEqual(before, {
    key,
    namespace: service.namespace,
    service: service.name,
    portName,
    protocol,
    family,
    port,
    algorithm,
    ...asked,
    sessionAffinity: service.sessionAffinity,
    sessionAffinityTimeoutSeconds: service.sessionAffinityTimeoutSeconds,
    ...policy,
    endpoints,
    ...categorizeEndpoints(endpoints, needs, node),
  });
}

function baseKey(
  { namespace, name }: Service,
  { portName, protocol }: Pick<Identity, 'portName' | 'protocol'>,
): string {
  return `${serviceKey(namespace, name)}:${portName}/${protocol}`;
}

function keepEndpoints(before: ServicePort | undefined, endpoints: readonly Endpoint[]): readonly Endpoint[] {
  if (!before) return endpoints;
  const known = new Map(before.endpoints.map((endpoint) => [endpoint.key, endpoint]));
  return endpoints.map((endpoint) => keepEqual(known.get(endpoint.key), endpoint));
}

/**
 * The ranges that guard the load-balancer IPs. Where they let this node in, they let in the load-balancer IPs too: a node
 * that has such an address bound talks to it from itself.
 *
 * Source: Service `spec.loadBalancerSourceRanges`.
 */
function guardingRanges(
  { sourceRanges, loadBalancerIPs, family }: ServicePortFacts,
  node: NodeContext,
): readonly Cidr[] {
  const letsNodeIn = sourceRanges.some((range) => node.nodeIPs.some((ip) => cidrContains(range, ip)));
  if (!letsNodeIn) return sourceRanges;
  const own = loadBalancerIPs.map((ip) => parseCidr(`${ip}/${family === 'IPv4' ? 32 : 128}`));
  return [...sourceRanges, ...own.filter((range) => range !== undefined)];
}
