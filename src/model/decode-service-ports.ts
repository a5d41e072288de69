/**
 * `spec.ports` of a Service, decoded. A port that is wrong is left out; the others stay.
 */

import type { Protocol } from './address.ts';
import { fieldOf, isPort, type ProblemList, type RawRecord, readRecords, readText } from './decode-reader.ts';
import type { ServicePortSpec } from './service.ts';

const PROTOCOLS: readonly Protocol[] = ['TCP', 'UDP', 'SCTP'];

/**
 * The ports of a Service. The pair of name and protocol identifies a port: a second one is left out. SCTP is kept, for it
 * is part of the Service, and reported: it cannot be forwarded.
 *
 * Source: Service `spec.ports`.
 */
export function decodeServicePorts(spec: RawRecord, list: ProblemList): readonly ServicePortSpec[] {
  const ports: ServicePortSpec[] = [];
  const seen = new Set<string>();
  for (const { index, entry, path } of readRecords(spec, 'ports', 'spec', list)) {
    const port = decodePort(index, entry, path, list);
    if (!port) continue;
    const identity = `${port.name}/${port.protocol}`;
    if (seen.has(identity)) {
      list.report('PORT_DUPLICATE', `${path}.name`, 'must differ from the other ports of the same protocol');
      continue;
    }
    seen.add(identity);
    if (port.protocol === 'SCTP') {
      list.report('PROTOCOL_UNSUPPORTED', `${path}.protocol`, 'must be TCP or UDP to be forwarded by svclane');
    }
    ports.push(port);
  }
  return ports;
}

/** `undefined`, and reported, where the value is no protocol; absent = TCP. */
export function readProtocol(entry: RawRecord, path: string, list: ProblemList): Protocol | undefined {
  const value = fieldOf(entry, 'protocol') ?? 'TCP';
  const protocol = PROTOCOLS.find((known) => known === value);
  if (!protocol) list.report('PORT_INVALID', `${path}.protocol`, `must be one of ${PROTOCOLS.join(', ')}`);
  return protocol;
}

function decodePort(index: number, entry: RawRecord, path: string, list: ProblemList): ServicePortSpec | undefined {
  const protocol = readProtocol(entry, path, list);
  const port = fieldOf(entry, 'port');
  if (!isPort(port)) list.report('PORT_INVALID', `${path}.port`, 'must be a number from 1 to 65535');
  const name = fieldOf(entry, 'name') === undefined ? '' : readText(entry, 'name', path, list);
  if (!protocol || !isPort(port) || name === undefined) return undefined;
  return { index, name, protocol, port, nodePort: readNodePort(entry, path, list), targetPort: readTargetPort(entry) };
}

function readNodePort(entry: RawRecord, path: string, list: ProblemList): number {
  const value = fieldOf(entry, 'nodePort');
  if (value === undefined || value === 0) return 0;
  if (isPort(value)) return value;
  list.report('PORT_INVALID', `${path}.nodePort`, 'must be a number from 1 to 65535, or 0 for none');
  return 0;
}

function readTargetPort(entry: RawRecord): string {
  const value = fieldOf(entry, 'targetPort');
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value.slice(0, 63) : '';
}
