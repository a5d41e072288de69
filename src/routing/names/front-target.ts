/**
 * Front targets: from the host and port that a client of the SOCKS5 and HTTP front names to a route.
 *
 * Only what the objects of the cluster name is reached: the front is no way to anywhere else.
 */

import { nearest } from '../../config/nearest.ts';
import { parseAddress } from '../../model/address.ts';
import type { SliceEndpoint } from '../../model/endpoint-slice.ts';
import type { FrontRefusal, FrontTarget } from '../../model/front.ts';
import type { RoutingTable, ServiceRoutes } from '../../model/route.ts';
import { frontRoute, podRoute } from './front-route.ts';
import { parseName, type ServiceName } from './parse-name.ts';
import { type NameSource, serviceAt } from './resolve-name.ts';
import { endpointsAt, namedEndpoints } from './service-endpoints.ts';

/** Names that are listed in a message. */
const MAX_LISTED = 10;

/**
 * Where a client goes that asks for `host`, a name or an address as it was written, and `port`. Names are those that DNS
 * answers; an address may be one of a Service, on this machine or in the cluster, or that of a pod.
 */
export function frontTarget(source: NameSource, host: string, port: number): FrontTarget | FrontRefusal {
  const text = host.toLowerCase().replace(/\.$/, '');
  const address = parseAddress(text.replace(/^\[(.*)\]$/, '$1'));
  if (address !== undefined) return targetAt(source, address, port);
  const parsed = parseName(text, source.domain);
  if (parsed.kind === 'pod') return targetAt(source, parsed.address, port);
  return parsed.kind === 'service' ? targetNamed(source, parsed, text, port) : notOurs(text, source.domain);
}

function targetNamed(source: NameSource, parsed: ServiceName, host: string, port: number): FrontTarget | FrontRefusal {
  const routes = serviceAt(source, parsed);
  const { below } = parsed;
  if (routes === undefined) return serviceMissing(source, parsed, host);
  if (routes.service.type === 'ExternalName') return external(routes);
  if (below === undefined) return servicePort(source.table, routes, port);
  const pods = below.kind === 'host' ? endpointsAt(namedEndpoints(routes), below.hostname) : [];
  return toPods(routes, podsOf(pods), port) ?? podMissing(routes, host);
}

function servicePort(table: RoutingTable, routes: ServiceRoutes, port: number): FrontTarget | FrontRefusal {
  const { namespace, name, headless } = routes.service;
  const route = frontRoute(table, namespace, name, port);
  if (route !== undefined) return { kind: 'service', route };
  // DNS gives the pods of a headless Service, and they may listen where they like.
  if (!headless) return portMissing(routes, port);
  return toPods(routes, podsOf(namedEndpoints(routes)), port) ?? portMissing(routes, port);
}

function targetAt(source: NameSource, address: string, port: number): FrontTarget | FrontRefusal {
  for (const routes of source.table.services.values()) {
    const { service } = routes;
    if (service.type === 'ExternalName') continue;
    const isOwn = Object.values(service.clusterIPs).includes(address) || source.addressOf(service).includes(address);
    if (isOwn) return servicePort(source.table, routes, port);
  }
  for (const routes of source.table.services.values()) {
    const endpoints = routes.slices.flatMap((slice) => slice.endpoints);
    const pod = endpoints.find((endpoint) => endpoint.address === address);
    const target = pod && toPods(routes, [pod], port);
    if (target) return target;
  }
  return notOurs(address, source.domain);
}

function toPods(routes: ServiceRoutes, pods: readonly SliceEndpoint[], port: number): FrontTarget | undefined {
  const route = podRoute(routes, pods, port);
  return route && { kind: 'pod', route };
}

function podsOf(named: ReturnType<typeof namedEndpoints>): readonly SliceEndpoint[] {
  return [...new Map(named.map(({ endpoint }) => [endpoint.address, endpoint])).values()];
}

function notOurs(host: string, domain: string): FrontRefusal {
  const message = `${host} is nothing of this cluster`;
  const hint = `only Services and their pods are reached here: svc.namespace, or svc.namespace.svc.${domain}`;
  return { kind: 'refused', code: 'NOT_OURS', message, hint };
}

function serviceMissing(source: NameSource, { namespace, service }: ServiceName, host: string): FrontRefusal {
  const wanted = namespace ?? source.defaultNamespace;
  const found = [...source.table.services.values()].map((routes) => routes.service);
  const here = found.filter((other) => other.namespace === wanted).map(({ name }) => name);
  const elsewhere = found.filter(({ name }) => name === service).map((other) => other.namespace);
  const meant = nearest(service, here.sort());
  const [other] = elsewhere.sort();
  const message = `${host}: there is no Service ${service} in namespace ${wanted}`;
  const guess = meant !== undefined ? `${meant}.${wanted}` : other !== undefined ? `${service}.${other}` : undefined;
  return { kind: 'refused', code: 'SVC_NOT_FOUND', message, ...(guess && { hint: `did you mean ${guess}?` }) };
}

function portMissing({ service }: ServiceRoutes, port: number): FrontRefusal {
  const { namespace, name, ports } = service;
  const other = ports.find((spec) => spec.port === port);
  const message = other
    ? `port ${port} of ${namespace}/${name} is ${other.protocol}: only TCP is carried here`
    : `${namespace}/${name} has no port ${port}`;
  const known = ports.filter(({ protocol }) => protocol === 'TCP').slice(0, MAX_LISTED);
  const list = known.map((spec) => (spec.name === '' ? `${spec.port}` : `${spec.port} (${spec.name})`)).join(', ');
  const hint = list === '' ? 'it has no TCP port' : `it has ${list}`;
  return { kind: 'refused', code: 'PORT_UNKNOWN', message, hint };
}

function podMissing(routes: ServiceRoutes, host: string): FrontRefusal {
  const { namespace, name } = routes.service;
  const names = [...new Set(namedEndpoints(routes).map(({ hostname }) => hostname))].sort().slice(0, MAX_LISTED);
  const message = `${host}: no ready pod of ${namespace}/${name} has this name`;
  const hint = names.length === 0 ? 'it has no ready pod' : `it has ${names.join(', ')}`;
  return { kind: 'refused', code: 'EP_NOT_READY', message, hint };
}

function external({ service }: ServiceRoutes): FrontRefusal {
  const { namespace, name, externalName } = service;
  const message = `${namespace}/${name} is an ExternalName: it stands for ${externalName}, outside of the cluster`;
  return { kind: 'refused', code: 'SVC_EXTERNALNAME', message, hint: `connect to ${externalName} without this proxy` };
}
