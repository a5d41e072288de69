/**
 * A Service of the API, decoded to what routing needs. Never throws; a part that is wrong loses only that part.
 *
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/
 */

import { isRecord } from '../lib/is-record.ts';
import { type Cidr, familyOf, IP_FAMILIES, type IpFamily, parseAddress, parseCidr } from './address.ts';
import { decodeAnnotations } from './decode-annotations.ts';
import { decodeMetadata, hasHeadlessLabel, type Metadata, serviceProxyNameOf } from './decode-metadata.ts';
import {
  createProblemList,
  type Decoded,
  fieldOf,
  isPort,
  type ProblemList,
  type RawRecord,
  readChoice,
  readRecord,
  readRecords,
  readText,
  readTexts,
} from './decode-reader.ts';
import { decodeServicePorts } from './decode-service-ports.ts';
import type { LoadBalancerIngress, Service } from './service.ts';

const DEFAULT_AFFINITY_TIMEOUT_SECONDS = 10_800;
const MAX_AFFINITY_TIMEOUT_SECONDS = 86_400;

/** Decodes a Service. Skipped whole only without a name, a namespace or a `spec`. */
export function decodeService(raw: unknown): Decoded<Service> {
  const list = createProblemList();
  if (!isRecord(raw)) {
    list.report('OBJECT_INVALID', '', 'must be an object');
    return { object: undefined, problems: list.problems };
  }
  const metadata = decodeMetadata(raw, true, list);
  const spec = fieldOf(raw, 'spec');
  if (!isRecord(spec)) list.report('OBJECT_INVALID', 'spec', 'must be an object');
  const object = metadata && isRecord(spec) ? assemble(metadata, spec, raw, list) : undefined;
  return { object, problems: list.problems };
}

function assemble(metadata: Metadata, spec: RawRecord, raw: RawRecord, list: ProblemList): Service {
  const clusterIP = readText(spec, 'clusterIP', 'spec', list) ?? '';
  const families = readFamilies(spec, list);
  const clusterIPs = readClusterIPs(spec, clusterIP, families, list);
  const sessionAffinity = readChoice(spec, 'sessionAffinity', 'spec', list, ['None', 'ClientIP']);
  return {
    kind: 'Service',
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    creationTimestamp: metadata.creationTimestamp,
    type: readChoice(spec, 'type', 'spec', list, ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']),
    serviceProxyName: serviceProxyNameOf(metadata, list),
    headlessLabel: hasHeadlessLabel(metadata),
    headless: clusterIP === 'None',
    externalName: readText(spec, 'externalName', 'spec', list) ?? '',
    ipFamilies: families.length > 0 ? families : familiesOf(clusterIPs),
    clusterIPs,
    ports: decodeServicePorts(spec, list),
    externalIPs: readAddresses(spec, 'externalIPs', list),
    loadBalancerIngress: readIngress(raw, list),
    loadBalancerSourceRanges: readSourceRanges(spec, list),
    sessionAffinity,
    sessionAffinityTimeoutSeconds: sessionAffinity === 'ClientIP' ? readAffinityTimeout(spec, list) : 0,
    internalTrafficPolicy: readChoice(spec, 'internalTrafficPolicy', 'spec', list, ['Cluster', 'Local']),
    externalTrafficPolicy: readChoice(spec, 'externalTrafficPolicy', 'spec', list, ['Cluster', 'Local']),
    healthCheckNodePort: readHealthCheckNodePort(spec, list),
    annotations: decodeAnnotations(metadata.annotations, list),
    problems: list.problems,
  };
}

function readFamilies(spec: RawRecord, list: ProblemList): readonly IpFamily[] {
  const families: IpFamily[] = [];
  for (const { path, text } of readTexts(spec, 'ipFamilies', 'spec', list)) {
    const family = IP_FAMILIES.find((known) => known === text);
    if (family && !families.includes(family)) families.push(family);
    if (!family) list.report('VALUE_UNKNOWN', path, `must be one of ${IP_FAMILIES.join(', ')}`);
  }
  return families;
}

/**
 * The address of a family is `clusterIPs[its place in ipFamilies]`; without `ipFamilies`, `clusterIP` where it is of
 * that family. Without a `clusterIP` there are none, whatever `clusterIPs` says.
 *
 * Source: Service `spec.clusterIPs`, `spec.ipFamilies`.
 */
function readClusterIPs(
  spec: RawRecord,
  clusterIP: string,
  families: readonly IpFamily[],
  list: ProblemList,
): Service['clusterIPs'] {
  if (clusterIP === '' || clusterIP === 'None') return {};
  const primary = checkAddress(clusterIP, 'spec.clusterIP', list);
  if (families.length === 0) return primary === undefined ? {} : { [familyOf(primary)]: primary };
  const listed = readTexts(spec, 'clusterIPs', 'spec', list);
  const found: Partial<Record<IpFamily, string>> = {};
  for (const [index, family] of families.entries()) {
    const entry = listed.find((candidate) => candidate.index === index);
    const address = entry ? checkAddress(entry.text, entry.path, list) : index === 0 ? primary : undefined;
    if (address === undefined) continue;
    if (familyOf(address) === family) found[family] = address;
    else
      list.report('ADDRESS_FAMILY', entry?.path ?? 'spec.clusterIP', `must be of ${family}, as spec.ipFamilies says`);
  }
  return found;
}

function familiesOf(clusterIPs: Service['clusterIPs']): readonly IpFamily[] {
  const found = IP_FAMILIES.filter((family) => clusterIPs[family] !== undefined);
  return found.length > 0 ? found : IP_FAMILIES;
}

function readAddresses(spec: RawRecord, key: string, list: ProblemList): readonly string[] {
  const addresses = readTexts(spec, key, 'spec', list).map(({ text, path }) => checkAddress(text, path, list));
  return [...new Set(addresses.filter((address) => address !== undefined))];
}

/** Source: Service `status.loadBalancer.ingress`, KEP-1860 for `ipMode`. An entry with a host name only is none. */
function readIngress(raw: RawRecord, list: ProblemList): readonly LoadBalancerIngress[] {
  const status = readRecord(readRecord(raw, 'status', '', list), 'loadBalancer', 'status', list);
  const found: LoadBalancerIngress[] = [];
  for (const { entry, path } of readRecords(status, 'ingress', 'status.loadBalancer', list)) {
    const text = readText(entry, 'ip', path, list);
    const ip = text === undefined || text === '' ? undefined : checkAddress(text, `${path}.ip`, list);
    const ipMode = readText(entry, 'ipMode', path, list) ?? 'VIP';
    if (ipMode !== 'VIP' && ipMode !== 'Proxy') list.report('VALUE_UNKNOWN', `${path}.ipMode`, 'must be VIP or Proxy');
    else if (ip !== undefined) found.push({ ip, ipMode });
  }
  return found;
}

function readSourceRanges(spec: RawRecord, list: ProblemList): readonly Cidr[] {
  const ranges: Cidr[] = [];
  for (const { text, path } of readTexts(spec, 'loadBalancerSourceRanges', 'spec', list)) {
    const range = parseCidr(text);
    if (range) ranges.push(range);
    else list.report('RANGE_INVALID', path, 'must be a CIDR such as 10.0.0.0/8 or 2001:db8::/32');
  }
  return ranges;
}

/** Source: Service `spec.sessionAffinityConfig.clientIP.timeoutSeconds`: 1 to 86400, default 10800. */
function readAffinityTimeout(spec: RawRecord, list: ProblemList): number {
  const config = readRecord(spec, 'sessionAffinityConfig', 'spec', list);
  const clientIP = readRecord(config, 'clientIP', 'spec.sessionAffinityConfig', list);
  const value = fieldOf(clientIP, 'timeoutSeconds');
  if (value === undefined) return DEFAULT_AFFINITY_TIMEOUT_SECONDS;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_AFFINITY_TIMEOUT_SECONDS) {
    return value;
  }
  const path = 'spec.sessionAffinityConfig.clientIP.timeoutSeconds';
  list.report('VALUE_UNKNOWN', path, `must be a whole number from 1 to ${MAX_AFFINITY_TIMEOUT_SECONDS}`);
  return DEFAULT_AFFINITY_TIMEOUT_SECONDS;
}

function readHealthCheckNodePort(spec: RawRecord, list: ProblemList): number {
  const value = fieldOf(spec, 'healthCheckNodePort');
  if (value === undefined || value === 0) return 0;
  if (isPort(value)) return value;
  list.report('PORT_INVALID', 'spec.healthCheckNodePort', 'must be a number from 1 to 65535');
  return 0;
}

function checkAddress(text: string, path: string, list: ProblemList): string | undefined {
  const address = parseAddress(text);
  if (address === undefined) list.report('ADDRESS_INVALID', path, 'must be an IP address');
  return address;
}
