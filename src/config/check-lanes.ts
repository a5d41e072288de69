/**
 * Rules of lanes that hold between keys or between entries.
 */

import { formatHostPort } from '../model/address.ts';
import { buildLane } from './build-lane.ts';
import type { SettingProblem } from './check-settings.ts';
import type { Lane } from './config.ts';
import { entryCheck } from './entry-check.ts';
import { LANE } from './lane-schema.ts';

/** Checks `lanes` as given; entries that are wrong by themselves are passed over, they have problems already. */
export function checkLanes(lanes: readonly unknown[], namespaces: readonly string[]): SettingProblem[] {
  const isLane = entryCheck(LANE, lanes.length);
  const owners = new Map<string, number>();
  return lanes.flatMap((entry, index) => {
    const lane = isLane(entry) ? buildLane(entry, namespaces) : undefined;
    if (lane === undefined) return [];
    const messages = typeof lane === 'string' ? [lane] : laneProblems(lane, index, owners, namespaces);
    return messages.map((message): SettingProblem => ({ path: ['lanes', index], at: 'value', message }));
  });
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
