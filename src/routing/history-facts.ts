/**
 * What history knows of one Service: when a client last had an endpoint, and since when an endpoint is as it is.
 */

import type { Endpoint } from '../model/endpoint.ts';
import type { ServicePort } from '../model/route.ts';
import { decide } from './decide.ts';
import type { DecisionQuery } from './decision.ts';
import type { History } from './history.ts';
import { joinSlices } from './join-slices.ts';
import { isRoutable } from './remedies.ts';
import { type ServiceVersion, tableOfVersion, type VersionMoment } from './service-version.ts';

/** Of a Service that never rests so many changes are looked at, so that the answer stays quick. */
const MAX_CHANGES = 2_000;

/**
 * When a query last had an endpoint, before `generation` or at it: the last revision of those that changed the Service;
 * `undefined` = none that is in the ring.
 */
export function lastRoutable(
  history: History,
  query: DecisionQuery,
  serviceKey: string,
  generation: number,
): VersionMoment | undefined {
  const isRoutableAt = (version: ServiceVersion): boolean =>
    isRoutable(decide(tableOfVersion(version, history.serviceProxyName), query));
  let end = generation;
  let before: ServiceVersion | undefined;
  for (const version of changesOf(history, serviceKey, generation)) {
    if (isRoutableAt(version)) return history.at(end);
    end = version.moment.generation - 1;
    before = version.before;
  }
  if (!before || !isRoutableAt(before)) return undefined;
  return history.at(end);
}

/**
 * Since when each endpoint of a ServicePort has had the conditions and the place that it has at `generation`: its key → ms
 * since the epoch. One that has been so since before the ring is absent. The cost is that of one walk, for all of them.
 */
export function endpointTimes(
  history: History,
  serviceKey: string,
  portKey: string,
  generation: number,
): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  const port = history.serviceAt(serviceKey, generation)?.ports.find(({ key }) => key === portKey);
  const pending = new Map(port?.endpoints.map((endpoint) => [endpoint.key, stateOf(endpoint)]));
  for (const { before, moment } of changesOf(history, serviceKey, generation)) {
    if (pending.size === 0 || !port) break;
    // Of what was before the first table nothing is known.
    if (!before && history.isStart(moment.generation)) break;
    settle(pending, statesOf(before, port), moment.atMs, times);
  }
  return times;
}

function* changesOf(history: History, key: string, generation: number): Generator<ServiceVersion> {
  let left = MAX_CHANGES;
  for (const version of history.changesOf(key, generation)) {
    if (left-- === 0) return;
    yield version;
  }
}

/** What was not so before became so at `sinceMs`. */
function settle(
  pending: Map<string, string>,
  before: ReadonlyMap<string, string>,
  sinceMs: number,
  times: Map<string, number>,
): void {
  for (const [key, state] of pending) {
    if (before.get(key) === state) continue;
    times.set(key, sinceMs);
    pending.delete(key);
  }
}

/** The endpoints that a version has for a port; none where it has no such port. */
function statesOf(version: ServiceVersion | undefined, port: ServicePort): ReadonlyMap<string, string> {
  const { portName, protocol, family } = port;
  if (!version?.service?.ports.some((spec) => spec.name === portName && spec.protocol === protocol)) return new Map();
  const endpoints = joinSlices(version.slices, { family, portName, protocol, nodeName: '' });
  return new Map(endpoints.map((endpoint) => [endpoint.key, stateOf(endpoint)]));
}

function stateOf({ ready, serving, terminating, nodeName }: Endpoint): string {
  return `${ready} ${serving} ${terminating} ${nodeName}`;
}
