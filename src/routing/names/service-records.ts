/**
 * The records of a Service and of what stands below its name.
 *
 * Source: Kubernetes DNS-Based Service Discovery 1.1.0, sections 2.3 to 2.5.
 */

import { familyOf } from '../../model/address.ts';
import type { ServiceRoutes } from '../../model/route.ts';
import type { Service } from '../../model/service.ts';
import type { NameRecord } from './name-answer.ts';
import type { BelowService } from './parse-name.ts';
import { addressesOf, endpointsAt, type NamedEndpoint, namedEndpoints } from './service-endpoints.ts';

/** A name that is there: its records of all types (none = others stand below it), and what goes with them. */
export interface FoundName {
  readonly records: readonly NameRecord[];
  readonly additional: readonly NameRecord[];
}

/** How a Service is looked at: `addresses` are its own on this machine, empty = it has none but those of its pods. */
export interface ServiceView {
  readonly routes: ServiceRoutes;
  readonly addresses: readonly string[];
  readonly domain: string;
}

/** What stands at a name of a Service; `undefined` = there is no such name. `name` is the one that was asked for. */
export function serviceRecords(
  view: ServiceView,
  below: BelowService | undefined,
  name: string,
): FoundName | undefined {
  const { service } = view.routes;
  if (service.type === 'ExternalName') return below === undefined ? externalName(service, name) : undefined;
  if (below === undefined) return ofService(view, name);
  if (below.kind === 'host') {
    const addresses = addressesOf(endpointsAt(namedEndpoints(view.routes), below.hostname));
    return addresses.length > 0 ? { records: addressRecords(name, addresses), additional: [] } : undefined;
  }
  const found = portRecords(view, name, (port) => {
    const isNamed = below.kind === 'protocol' || port.name.toLowerCase() === below.port;
    return port.name !== '' && isNamed && port.protocol.toLowerCase() === below.protocol;
  });
  if (found.records.length === 0) return undefined;
  return below.kind === 'protocol' ? { records: [], additional: [] } : found;
}

/** `web.shop.svc.cluster.local`. */
export function serviceName({ namespace, name }: Service, domain: string): string {
  return `${name}.${namespace}.svc.${domain}`;
}

/** An A or AAAA record for each address. */
export function addressRecords(name: string, addresses: readonly string[]): readonly NameRecord[] {
  return addresses.map((address) => ({ type: familyOf(address) === 'IPv4' ? 'A' : 'AAAA', name, address }));
}

function externalName({ externalName: target }: Service, name: string): FoundName | undefined {
  const canonical = target.toLowerCase().replace(/\.$/, '');
  return canonical === '' ? undefined : { records: [{ type: 'CNAME', name, target: canonical }], additional: [] };
}

/** A headless Service without a ready endpoint is no name at all: the specification wants NXDOMAIN. */
function ofService(view: ServiceView, name: string): FoundName | undefined {
  const { service } = view.routes;
  const isHeadless = service.headless && view.addresses.length === 0;
  const addresses = isHeadless ? addressesOf(namedEndpoints(view.routes)) : view.addresses;
  if (isHeadless && addresses.length === 0) return undefined;
  const ports = portRecords(view, name, () => true);
  return { records: [...addressRecords(name, addresses), ...ports.records], additional: ports.additional };
}

interface AnyPort {
  readonly name: string;
  readonly protocol: string;
}

function portRecords(view: ServiceView, name: string, wants: (port: AnyPort) => boolean): FoundName {
  const { routes, addresses, domain } = view;
  if (routes.service.headless && addresses.length === 0) return endpointPorts(view, name, wants);
  const target = serviceName(routes.service, domain);
  const ports = routes.service.ports.filter(wants);
  const records = weighted(ports.map(({ port }) => ({ name, target, port })));
  return { records, additional: records.length > 0 ? addressRecords(target, addresses) : [] };
}

/** Clients of a headless Service speak to pods themselves: the port is that of the pod, not that of the Service. */
function endpointPorts({ routes, domain }: ServiceView, name: string, wants: (port: AnyPort) => boolean): FoundName {
  const parent = serviceName(routes.service, domain);
  const targets = new Map<string, { readonly name: string; readonly target: string; readonly port: number }>();
  const used = new Map<string, NamedEndpoint>();
  for (const named of namedEndpoints(routes)) {
    const target = `${named.hostname}.${parent}`;
    for (const { name: portName, protocol, port } of named.ports) {
      if (portName === undefined || port === undefined || !wants({ name: portName, protocol })) continue;
      targets.set(`${target}:${port}`, { name, target, port });
      used.set(`${target} ${named.endpoint.address}`, named);
    }
  }
  const additional = [...used.values()].flatMap(({ hostname, endpoint }) =>
    addressRecords(`${hostname}.${parent}`, [endpoint.address]),
  );
  return { records: weighted([...targets.values()]), additional };
}

function weighted(
  targets: readonly { readonly name: string; readonly target: string; readonly port: number }[],
): readonly NameRecord[] {
  const weight = Math.max(1, Math.floor(100 / targets.length));
  return targets.map((target) => ({ type: 'SRV', ...target, priority: 0, weight }));
}
