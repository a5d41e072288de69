/**
 * One entry of `lanes`: from the file's form to the Config's.
 */

import type { Lane } from './config.ts';
import { parseHostPort } from './host-port.ts';
import { parseLaneTarget } from './lane-notation.ts';
import type { LaneSettings } from './lane-schema.ts';

/**
 * The lane that an entry means, which was held against the schema; a text = why its port cannot be told; `undefined` = it is
 * no lane. A lane without a namespace is in the only one of the scope, else in `default`.
 */
export function buildLane(entry: LaneSettings, namespaces: readonly string[]): Lane | string | undefined {
  const target = parseLaneTarget(entry.target);
  const listen = parseHostPort(entry.listen);
  if (!target || !listen) return undefined;
  const port = portOf(entry, target.port);
  if (port === undefined) return 'expected the Service port, either as "port" or as svc/NAME:PORT, and not two of them';
  return {
    namespace: entry.namespace ?? (namespaces.length === 1 ? (namespaces[0] ?? 'default') : 'default'),
    service: target.service,
    port,
    protocol: entry.protocol ?? 'TCP',
    address: listen.address,
    localPort: listen.port,
  };
}

function portOf(entry: LaneSettings, fromTarget: string | undefined): string | number | undefined {
  const [first, second] = [entry.port, fromTarget].filter((port) => port !== undefined).map(asPort);
  return second === undefined || second === first ? first : undefined;
}

function asPort(port: string | number): string | number {
  return typeof port === 'string' && /^\d+$/.test(port) ? Number(port) : port;
}
