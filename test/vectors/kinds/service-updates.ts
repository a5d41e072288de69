/**
 * Runs cases of kind `service-updates`: events of Services, and the Service ports after each sync.
 */

import { deepEqual } from '../../../src/lib/deep-equal.ts';
import type { IpFamily } from '../../../src/model/address.ts';
import type { ClusterState } from '../../../src/routing/cluster-state.ts';
import type { JsonRecord, VectorCase } from '../vector-case.ts';
import { compare, compareSets, ifExpected } from './compare.ts';
import { recordOf, recordsOf } from './json-fields.ts';
import { describeServicePorts, healthCheckNodePortsOf } from './service-facts.ts';
import { familyOfInput, newState, playEvent } from './vector-cluster.ts';

/** The mismatches of one case; empty = passed. */
export function run({ input, expect }: VectorCase): string[] {
  const state = newState();
  const family = familyOfInput(input);
  const expected = recordsOf(expect.steps);
  let before = portsOf(state, family);
  return recordsOf(input.steps).flatMap((step, index) => {
    for (const event of recordsOf(step.events)) playEvent(state, event);
    const { services: dirty } = state.takeDirty();
    const after = portsOf(state, family);
    const updated = [...dirty].filter((key) => !deepEqual(before.get(key) ?? [], after.get(key) ?? []));
    before = after;
    const wrong = checkStep(expected[index] ?? {}, state, family, updated);
    return wrong.map((mismatch) => `step ${index}: ${mismatch}`);
  });
}

function checkStep(expect: JsonRecord, state: ClusterState, family: IpFamily, updated: readonly string[]): string[] {
  const { services } = state.snapshot();
  const ports = [...portsOf(state, family).values()].flat();
  const names = ports.map(
    ({ namespace, service, portName, protocol }) => `${namespace}/${service}:${portName}/${protocol}`,
  );
  return [
    ...compare('servicePortCount', ports.length, expect.servicePortCount ?? ports.length),
    ...compareSets('servicePorts', names, expect.servicePorts ?? names),
    ...compareSets('updatedServices', updated, expect.updatedServices ?? updated),
    ...ifExpected(expect.healthCheckNodePorts, () =>
      compare(
        'healthCheckNodePorts',
        healthCheckNodePortsOf(services.values(), family),
        recordOf(expect.healthCheckNodePorts),
      ),
    ),
  ];
}

function portsOf(state: ClusterState, family: IpFamily): ReadonlyMap<string, readonly JsonRecord[]> {
  const { services } = state.snapshot();
  return new Map([...services.entries()].map(([key, service]) => [key, describeServicePorts(service, family)]));
}
