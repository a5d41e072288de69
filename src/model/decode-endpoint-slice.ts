/**
 * An EndpointSlice of the API, decoded to what routing needs. Never throws; a part that is wrong loses only that part.
 *
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/service-resources/endpoint-slice-v1/
 */

import { isRecord } from '../lib/is-record.ts';
import { familyOf, type IpFamily, parseAddress } from './address.ts';
import { decodeMetadata, hasHeadlessLabel, type Metadata, serviceProxyNameOf } from './decode-metadata.ts';
import {
  createProblemList,
  type Decoded,
  fieldOf,
  isPort,
  join,
  type ProblemList,
  type RawRecord,
  readBoolean,
  readList,
  readRecord,
  readRecords,
  readText,
} from './decode-reader.ts';
import { readProtocol } from './decode-service-ports.ts';
import type { EndpointSlice, SliceEndpoint, SlicePort } from './endpoint-slice.ts';

type AddressType = EndpointSlice['addressType'];

const ADDRESS_TYPES: readonly AddressType[] = ['IPv4', 'IPv6', 'FQDN'];
const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';
const TRIGGER_TIME_ANNOTATION = 'endpoints.kubernetes.io/last-change-trigger-time';

/** Decodes an EndpointSlice. Skipped whole only without a name, a namespace or a known `addressType`. */
export function decodeEndpointSlice(raw: unknown): Decoded<EndpointSlice> {
  const list = createProblemList();
  if (!isRecord(raw)) {
    list.report('OBJECT_INVALID', '', 'must be an object');
    return { object: undefined, problems: list.problems };
  }
  const metadata = decodeMetadata(raw, true, list);
  const given = fieldOf(raw, 'addressType');
  const addressType = ADDRESS_TYPES.find((known) => known === given);
  if (!addressType) list.report('OBJECT_INVALID', 'addressType', `must be one of ${ADDRESS_TYPES.join(', ')}`);
  const object = metadata && addressType ? assemble(metadata, addressType, raw, list) : undefined;
  return { object, problems: list.problems };
}

function assemble(metadata: Metadata, addressType: AddressType, raw: RawRecord, list: ProblemList): EndpointSlice {
  return {
    kind: 'EndpointSlice',
    namespace: metadata.namespace,
    name: metadata.name,
    resourceVersion: metadata.resourceVersion,
    serviceName: readText(metadata.labels, SERVICE_NAME_LABEL, 'metadata.labels', list) ?? '',
    serviceProxyName: serviceProxyNameOf(metadata, list),
    headlessLabel: hasHeadlessLabel(metadata),
    addressType,
    ports: addressType === 'FQDN' ? [] : readPorts(raw, list),
    endpoints: addressType === 'FQDN' ? [] : readEndpoints(raw, addressType, list),
    triggerTimeMs: readTriggerTime(metadata),
    problems: list.problems,
  };
}

/** A port whose number or name is nil is kept, so that it can be told why it is not routed; 0 counts as nil. */
function readPorts(raw: RawRecord, list: ProblemList): readonly SlicePort[] {
  const ports: SlicePort[] = [];
  for (const { index, entry, path } of readRecords(raw, 'ports', '', list)) {
    const protocol = readProtocol(entry, path, list);
    const port = fieldOf(entry, 'port');
    const isNil = port === undefined || port === 0;
    if (!isNil && !isPort(port)) list.report('PORT_INVALID', `${path}.port`, 'must be a number from 1 to 65535');
    const name = readText(entry, 'name', path, list);
    if (protocol && (isNil || isPort(port)))
      ports.push({ index, name, protocol, port: isPort(port) ? port : undefined });
  }
  return ports;
}

function readEndpoints(raw: RawRecord, family: IpFamily, list: ProblemList): readonly SliceEndpoint[] {
  const endpoints: SliceEndpoint[] = [];
  for (const { index, entry, path } of readRecords(raw, 'endpoints', '', list)) {
    const address = readFirstAddress(entry, path, family, list);
    if (address !== undefined) endpoints.push(decodeEndpoint(index, address, entry, path, list));
  }
  return endpoints;
}

/**
 * Only `addresses[0]` counts; without one the endpoint is left out, without a problem.
 *
 * Source: EndpointSlice `endpoints[].addresses`, KEP-4974.
 */
function readFirstAddress(entry: RawRecord, path: string, family: IpFamily, list: ProblemList): string | undefined {
  const [first] = readList(entry, 'addresses', path, list);
  if (first === undefined) return undefined;
  const address = typeof first === 'string' ? parseAddress(first) : undefined;
  if (address === undefined) list.report('ADDRESS_INVALID', `${path}.addresses[0]`, 'must be an IP address');
  else if (familyOf(address) === family) return address;
  else list.report('ADDRESS_FAMILY', `${path}.addresses[0]`, `must be of ${family}, as addressType says`);
  return undefined;
}

/** Nil conditions: ready and serving are true, terminating is false. Source: EndpointSlice `endpoints[].conditions`. */
function decodeEndpoint(
  index: number,
  address: string,
  entry: RawRecord,
  path: string,
  list: ProblemList,
): SliceEndpoint {
  const conditions = readRecord(entry, 'conditions', path, list);
  const conditionsPath = join(path, 'conditions');
  const hints = readRecord(entry, 'hints', path, list);
  return {
    index,
    address,
    ready: readBoolean(conditions, 'ready', conditionsPath, list, true),
    serving: readBoolean(conditions, 'serving', conditionsPath, list, true),
    terminating: readBoolean(conditions, 'terminating', conditionsPath, list, false),
    nodeName: readText(entry, 'nodeName', path, list) ?? '',
    zone: readText(entry, 'zone', path, list) ?? '',
    hintZones: readHint(hints, 'forZones', join(path, 'hints'), list),
    hintNodes: readHint(hints, 'forNodes', join(path, 'hints'), list),
    podName: readPodName(entry, path, list),
    hostname: readText(entry, 'hostname', path, list) ?? '',
  };
}

function readHint(hints: RawRecord, key: string, path: string, list: ProblemList): readonly string[] {
  const names = readRecords(hints, key, path, list).map((hint) => readText(hint.entry, 'name', hint.path, list) ?? '');
  return [...new Set(names.filter((name) => name !== ''))].sort();
}

function readPodName(entry: RawRecord, path: string, list: ProblemList): string {
  const target = readRecord(entry, 'targetRef', path, list);
  return fieldOf(target, 'kind') === 'Pod' ? (readText(target, 'name', join(path, 'targetRef'), list) ?? '') : '';
}

function readTriggerTime({ annotations }: Metadata): number | undefined {
  const value = fieldOf(annotations, TRIGGER_TIME_ANNOTATION);
  const ms = typeof value === 'string' && value.length <= 64 ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
