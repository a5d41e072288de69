/**
 * Runs cases of kind `services`: Service objects to Service ports of one family.
 */

import type { JsonRecord, VectorCase } from '../vector-case.ts';
import { compare, compareSets, ifExpected } from './compare.ts';
import { recordOf, recordsOf } from './json-fields.ts';
import { describeServicePorts, healthCheckNodePortsOf } from './service-facts.ts';
import { familyOfInput, stateOf } from './vector-cluster.ts';

const SETS = new Set(['externalIPs', 'loadBalancerVIPs', 'loadBalancerSourceRanges']);

/** The mismatches of one case; empty = passed. */
export function run({ input, expect }: VectorCase): string[] {
  const { services } = stateOf(input).snapshot();
  const family = familyOfInput(input);
  const actual = [...services.values()].flatMap((service) => describeServicePorts(service, family));
  const expected = recordsOf(expect.servicePorts);
  return [
    ...ifExpected(expect.servicePorts, () =>
      compareSets('service ports', actual.map(identify), expected.map(identify)),
    ),
    ...expected.flatMap((port) => comparePort(actual.find((own) => identify(own) === identify(port)) ?? {}, port)),
    ...ifExpected(expect.healthCheckNodePorts, () =>
      compare(
        'healthCheckNodePorts',
        healthCheckNodePortsOf(services.values(), family),
        recordOf(expect.healthCheckNodePorts),
      ),
    ),
  ];
}

function identify({ namespace, service, portName, protocol }: JsonRecord): string {
  return `${namespace}/${service}:${portName}/${protocol}`;
}

function comparePort(actual: JsonRecord, expected: JsonRecord): string[] {
  return Object.entries(expected).flatMap(([field, value]) => {
    const what = `${identify(expected)} ${field}`;
    return SETS.has(field) ? compareSets(what, actual[field], value) : compare(what, actual[field], value);
  });
}
