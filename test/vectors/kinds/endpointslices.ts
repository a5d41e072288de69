/**
 * Runs cases of kind `endpointslices`: events of slices, and the endpoints of each Service port after each sync.
 */

import { deepEqual } from '../../../src/lib/deep-equal.ts';
import type { IpFamily, Protocol } from '../../../src/model/address.ts';
import type { EndpointSlice } from '../../../src/model/endpoint-slice.ts';
import { joinSlices } from '../../../src/routing/join-slices.ts';
import { localReadyIPsOf } from '../../../src/routing/service-claims.ts';
import type { JsonRecord, VectorCase } from '../vector-case.ts';
import { compare, compareSets, ifExpected } from './compare.ts';
import { recordOf, recordsOf, stringOf, stringsOf } from './json-fields.ts';
import { familyOfInput, newState, playEvent } from './vector-cluster.ts';

/** The Service ports that slices serve, by `namespace/service`. */
type ServedPorts = ReadonlyMap<string, readonly ServedPort[]>;

interface ServedPort {
  readonly portName: string;
  readonly protocol: Protocol;
  readonly endpoints: ReturnType<typeof joinSlices>;
}

/** The mismatches of one case; empty = passed. */
export function run({ input, expect }: VectorCase): string[] {
  const state = newState();
  const family = familyOfInput(input);
  const expected = recordsOf(expect.steps);
  let before: ServedPorts = new Map();
  return recordsOf(input.steps).flatMap((step, index) => {
    const changes = recordsOf(step.events).map((event) => playEvent(state, event) && isOfFamily(event, family));
    const { services } = state.takeDirty();
    const after = servedPorts(state.snapshot().slices.entries(), family, stringOf(input.nodeName));
    const wrong = checkStep(expected[index] ?? {}, { before, after, dirty: services, lastChanged: changes.at(-1) });
    before = after;
    return wrong.map((mismatch) => `step ${index}: ${mismatch}`);
  });
}

/** A change of the other family is none to the tracker of this one. */
function isOfFamily({ endpointSlice }: JsonRecord, family: IpFamily): boolean {
  const { addressType = family } = recordOf(endpointSlice);
  return addressType === family;
}

interface StepResult {
  readonly before: ServedPorts;
  readonly after: ServedPorts;
  readonly dirty: ReadonlySet<string>;
  readonly lastChanged: boolean | undefined;
}

function checkStep(expect: JsonRecord, { before, after, dirty, lastChanged }: StepResult): string[] {
  const changed = [...dirty].filter((key) => !deepEqual(before.get(key), after.get(key)));
  const isUdp = changed.some((key) => [...(before.get(key) ?? []), ...(after.get(key) ?? [])].some(hasUdp));
  const ready = [...after].map(([key, ports]) => [key, localReadyIPsOf(ports)] as const);
  const localReadyIPs = Object.fromEntries(ready.filter(([, ips]) => ips.length > 0));
  const missing = stringsOf(expect.updatedServices).filter((key) => !dirty.has(key));
  const isStrict = expect.lastEventChanged !== undefined && expect.lastEventChangedOptional !== true;
  return [
    ...ifExpected(expect.endpoints, () =>
      compareSets('endpoints', describePorts(after), normalizePorts(expect.endpoints)),
    ),
    ...compare('updatedServices, missing', missing, []),
    ...compare('udpCleanupRequired', isUdp, expect.udpCleanupRequired ?? isUdp),
    ...compareReady(localReadyIPs, expect.localReadyIPs),
    ...(isStrict ? compare('lastEventChanged', lastChanged, expect.lastEventChanged) : []),
  ];
}

function servedPorts(
  slices: Iterable<readonly [string, readonly EndpointSlice[]]>,
  family: IpFamily,
  nodeName: string,
): ServedPorts {
  return new Map([...slices].map(([key, owned]) => [key, portsOf(owned, family, nodeName)]));
}

function portsOf(slices: readonly EndpointSlice[], family: IpFamily, nodeName: string): readonly ServedPort[] {
  const ports = new Map<string, ServedPort>();
  for (const { name: portName, protocol } of slices.flatMap((slice) => slice.ports)) {
    if (portName === undefined) continue;
    const endpoints = joinSlices(slices, { family, portName, protocol, nodeName });
    if (endpoints.length > 0) ports.set(`${portName}/${protocol}`, { portName, protocol, endpoints });
  }
  return [...ports.values()];
}

function hasUdp({ protocol }: ServedPort): boolean {
  return protocol === 'UDP';
}

function describePorts(served: ServedPorts): unknown[] {
  return [...served].flatMap(([key, ports]) => {
    const [namespace, service] = key.split('/');
    return ports.map(({ portName, protocol, endpoints }) => ({
      id: `${namespace}/${service}:${portName}/${protocol}`,
      endpoints: endpoints.map(describeEndpoint).sort(),
    }));
  });
}

function normalizePorts(value: unknown): unknown[] {
  return recordsOf(value).map(({ namespace, service, portName, protocol, endpoints }) => ({
    id: `${namespace}/${service}:${portName}/${protocol}`,
    endpoints: recordsOf(endpoints)
      .map((endpoint) => describeEndpoint({ ...endpoint, key: endpoint.address }))
      .sort(),
  }));
}

function describeEndpoint({
  key,
  isLocal,
  ready,
  serving,
  terminating,
}: JsonRecord | ServedPort['endpoints'][number]): string {
  return `${key} local=${isLocal} ready=${ready} serving=${serving} terminating=${terminating}`;
}

function compareReady(actual: JsonRecord, expected: unknown): string[] {
  if (expected === undefined) return [];
  const wanted = recordOf(expected);
  const keys = [...new Set([...Object.keys(actual), ...Object.keys(wanted)])];
  return keys.flatMap((key) => compareSets(`localReadyIPs ${key}`, actual[key], wanted[key]));
}
