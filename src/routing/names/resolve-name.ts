/**
 * Resolution: from a name and a type of record to the answer, out of the routing table.
 *
 *   name ──▶ parseName ──▶ what stands there (records of all types) ──▶ those of the type ──▶ a CNAME is followed
 *
 * Source: Kubernetes DNS-Based Service Discovery 1.1.0.
 */

import type { RoutingTable, ServiceRoutes } from '../../model/route.ts';
import { type Service, serviceKey } from '../../model/service.ts';
import type { NameAnswer, NameRecord } from './name-answer.ts';
import { type ParsedName, parseName, type ServiceName } from './parse-name.ts';
import { namedEndpoints } from './service-endpoints.ts';
import { addressRecords, type FoundName, serviceName, serviceRecords } from './service-records.ts';

/** What names are resolved with. The table must have the slices of headless Services. */
export interface NameSource {
  readonly table: RoutingTable;
  /** `cluster.local`: in lower case, without the last dot. */
  readonly domain: string;
  /** Of the short form `service`. */
  readonly defaultNamespace: string;
  /** Where a Service is reached on this machine; empty = at its cluster IP, or at its pods where it is headless. */
  readonly addressOf: (service: Service) => readonly string[];
  /** Where this name server is reached; may be empty. */
  readonly nameServers: readonly string[];
}

const SCHEMA_VERSION = '1.1.0';
/** CNAMEs that are followed within the cluster. */
const MAX_CHAIN = 8;
const NOTHING_HERE: FoundName = { records: [], additional: [] };

/** Answers a question. The case of `name` does not matter; `type` is a name such as `AAAA`, or `ANY`. */
export function resolveName(source: NameSource, name: string, type: string): NameAnswer {
  const records: NameRecord[] = [];
  let asked = name.toLowerCase().replace(/\.$/, '');
  for (let steps = 0; steps < MAX_CHAIN; steps++) {
    const answer = resolveOnce(source, asked, type);
    if (answer.kind !== 'answer') {
      if (records.length === 0) return answer;
      return { kind: 'answer', records, additional: [], ...(answer.kind === 'elsewhere' && { next: asked }) };
    }
    records.push(...answer.records);
    const last = answer.records[0];
    if (last?.type !== 'CNAME' || type === 'CNAME' || type === 'ANY') return { ...answer, records };
    asked = last.target;
  }
  return { kind: 'answer', records, additional: [] };
}

/** The addresses at which a Service is reached on this machine; empty = it has none but those of its pods. */
function ownAddresses({ addressOf }: Pick<NameSource, 'addressOf'>, service: Service): readonly string[] {
  const given = addressOf(service);
  if (given.length > 0) return given;
  const { ipFamilies, clusterIPs } = service;
  return ipFamilies.map((family) => clusterIPs[family]).filter((address) => address !== undefined);
}

/** The Service that a name means; `undefined` = there is none. */
export function serviceAt(
  { table, defaultNamespace }: Pick<NameSource, 'table' | 'defaultNamespace'>,
  { namespace, service }: ServiceName,
): ServiceRoutes | undefined {
  return table.services.get(serviceKey(namespace ?? defaultNamespace, service));
}

function resolveOnce(source: NameSource, name: string, type: string): NameAnswer {
  const parsed = parseName(name, source.domain);
  if (parsed.kind === 'elsewhere') return { kind: 'elsewhere' };
  const found = findName(source, parsed, name);
  if (found === undefined && isForeign(parsed)) return { kind: 'elsewhere' };
  const soa = authority(source, isForeign(parsed) ? name : source.domain);
  if (found === undefined) return { kind: 'unknown', soa };
  const wants = (record: NameRecord): boolean => type === 'ANY' || record.type === type || record.type === 'CNAME';
  const records = found.records.filter(wants);
  if (records.length === 0) return { kind: 'empty', soa };
  return { kind: 'answer', records, additional: type === 'SRV' ? found.additional : [] };
}

/** Names outside of the domain are ours only where something of ours has them. */
function isForeign(parsed: ParsedName): boolean {
  return parsed.kind === 'reverse' || (parsed.kind === 'service' && parsed.isShort);
}

function findName(source: NameSource, parsed: ParsedName, name: string): FoundName | undefined {
  const { domain, table } = source;
  switch (parsed.kind) {
    case 'apex':
      return only(authority(source, domain), { type: 'NS', name, target: nameServerOf(domain) });
    case 'version':
      return only({ type: 'TXT', name, text: SCHEMA_VERSION });
    case 'name-server':
      return only(...addressRecords(name, source.nameServers));
    case 'folder':
      return NOTHING_HERE;
    case 'namespace':
      return hasNamespace(table, parsed.namespace) ? NOTHING_HERE : undefined;
    case 'pod':
      return only(...addressRecords(name, [parsed.address]));
    case 'reverse':
      return reverseRecords(source, parsed.address, name);
    case 'service': {
      const routes = serviceAt(source, parsed);
      if (routes === undefined) return undefined;
      return serviceRecords({ routes, addresses: ownAddresses(source, routes.service), domain }, parsed.below, name);
    }
    default:
      return undefined;
  }
}

/** The Services that have the address, and the endpoints of headless ones. Looks through all: such questions are rare. */
function reverseRecords(source: NameSource, address: string, name: string): FoundName | undefined {
  const targets: string[] = [];
  for (const routes of source.table.services.values()) {
    const { service } = routes;
    const parent = serviceName(service, source.domain);
    const isOwn = Object.values(service.clusterIPs).includes(address) || source.addressOf(service).includes(address);
    if (isOwn && service.type !== 'ExternalName') targets.push(parent);
    if (!service.headless) continue;
    const named = namedEndpoints(routes).filter(({ endpoint }) => endpoint.address === address);
    targets.push(...named.map(({ hostname }) => `${hostname}.${parent}`));
  }
  const distinct = [...new Set(targets)].sort();
  return distinct.length === 0
    ? undefined
    : only(...distinct.map((target) => ({ type: 'PTR' as const, name, target })));
}

function hasNamespace({ services }: RoutingTable, namespace: string): boolean {
  for (const { service } of services.values()) if (service.namespace === namespace) return true;
  return false;
}

function authority({ domain, table }: NameSource, name: string): NameRecord {
  const mailbox = `hostmaster.${domain}`;
  return { type: 'SOA', name, nameServer: nameServerOf(domain), mailbox, serial: table.generation };
}

function nameServerOf(domain: string): string {
  return `ns.dns.${domain}`;
}

function only(...records: readonly NameRecord[]): FoundName {
  return { records, additional: [] };
}
