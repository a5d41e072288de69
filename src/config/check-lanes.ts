/**
 * Rules of lanes that hold between keys or between entries.
 */

import { Value } from 'typebox/value';
import { formatHostPort } from '../model/address.ts';
import type { SettingProblem } from './check-settings.ts';
import type { Lane } from './config.ts';
import { parseHostPort } from './host-port.ts';
import { parseLaneTarget } from './lane-notation.ts';
import { LANE, type LaneSettings } from './lane-schema.ts';

/** Checks `lanes` as given; entries that are wrong by themselves are passed over, they have problems already. */
export function checkLanes(lanes: readonly unknown[], namespaces: readonly string[]): SettingProblem[] {
  const owners = new Map<string, number>();
  return lanes.flatMap((entry, index) => {
    const lane = buildLane(entry, namespaces);
    if (lane === undefined) return [];
    const messages = typeof lane === 'string' ? [lane] : laneProblems(lane, index, owners, namespaces);
    return messages.map((message): SettingProblem => ({ path: ['lanes', index], at: 'value', message }));
  });
}

/**
 * The lane that an entry means; a text = why its port cannot be told; `undefined` = it is no lane. A lane without a
 * namespace is in the only one of the scope, else in `default`.
 */
export function buildLane(entry: unknown, namespaces: readonly string[]): Lane | string | undefined {
  if (!Value.Check(LANE, entry)) return undefined;
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

function laneProblems(lane: Lane, index: number, owners: Map<string, number>, namespaces: readonly string[]): string[] {
  const problems: string[] = [];
  const listen = `${formatHostPort(lane.address, lane.localPort)}/${lane.protocol}`;
  const owner = owners.get(listen);
  if (owner !== undefined) problems.push(`${listen} is taken by lanes[${owner}]: expected another address or port`);
  if (lane.localPort !== 0) owners.set(listen, owner ?? index);
  if (namespaces.length > 0 && !namespaces.includes(lane.namespace)) {
    problems.push(
      `namespace ${lane.namespace} is not watched: expected one of scope.namespaces (${namespaces.join(', ')})`,
    );
  }
  return problems;
}
