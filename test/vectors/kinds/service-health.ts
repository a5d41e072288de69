/**
 * Runs cases of kind `service-health` through the books behind the healthCheckNodePort servers.
 */

import { isDeepStrictEqual } from 'node:util';
import { wantedSockets } from '../../../src/admin/service-health.ts';
import { ServiceHealthBook } from '../../../src/admin/service-health-book.ts';
import { familyOf, parseAddress } from '../../../src/model/address.ts';
import { selectNodePortIPs, serviceHealthAddresses } from '../../../src/routing/node-port-addresses.ts';
import type { JsonRecord, VectorCase } from '../vector-case.ts';
import { recordOf, recordsOf, stringsOf } from './json-fields.ts';

/** The mismatches of one case; empty = passed. */
export function run(testCase: VectorCase): string[] {
  const book = new ServiceHealthBook();
  const addresses = listenAddresses(stringsOf(testCase.input.nodePortAddresses), stringsOf(testCase.input.nodeIPs));
  const expected = recordsOf(testCase.expect.steps);
  let proxyHealthy = true;
  return recordsOf(testCase.input.steps).flatMap((step, index) => {
    const mismatches: string[] = [];
    if (step.op === 'services') book.setServices(numbersOf(step.value));
    else if (step.op === 'endpoints') book.setCounts(numbersOf(step.value));
    else if (step.op === 'proxyHealthy') proxyHealthy = step.value === true;
    else mismatches.push(`unknown op ${JSON.stringify(step.op)}`);
    const expect = expected[index] ?? {};
    mismatches.push(...checkListening(expect, book, addresses), ...checkResponses(expect, book, proxyHealthy));
    return mismatches.map((mismatch) => `step ${index}: ${mismatch}`);
  });
}

function checkListening(expect: JsonRecord, book: ServiceHealthBook, addresses: readonly string[]): string[] {
  if (expect.listening === undefined) return [];
  const actual = [...wantedSockets(book, addresses).keys()].sort().join(' ');
  const wanted = stringsOf(expect.listening).sort().join(' ');
  return actual === wanted ? [] : [`listening at ${actual}, wanted ${wanted}`];
}

function checkResponses(expect: JsonRecord, book: ServiceHealthBook, proxyHealthy: boolean): string[] {
  return recordsOf(expect.responses).flatMap((response) => {
    const answer = book.answer(Number(response.port), proxyHealthy);
    if (!answer) return [`nobody answers at ${response.port}`];
    const headers = Object.entries(recordOf(response.headers)).filter(
      ([name, value]) => answer.headers[name] !== value,
    );
    return [
      ...(response.status === undefined || response.status === answer.status ? [] : [`status ${answer.status}`]),
      ...headers.map(([name]) => `${name}: ${answer.headers[name]}`),
      ...(response.body === undefined || response.body === answer.body ? [] : [`body ${answer.body}`]),
      ...(response.json === undefined || sameJson(response.json, answer.body) ? [] : [`json ${answer.body}`]),
    ].map((mismatch) => `port ${response.port}: ${mismatch}, wanted ${JSON.stringify(response)}`);
  });
}

function sameJson(expected: unknown, body: string): boolean {
  return isDeepStrictEqual(expected, JSON.parse(body));
}

/** Where the servers of the case's families listen: those of its node's addresses, else IPv4, as upstream's test has it. */
function listenAddresses(nodePortAddresses: readonly string[], nodeIPs: readonly string[]): string[] {
  const own = nodeIPs.flatMap((text) => parseAddress(text) ?? []);
  const families = own.length > 0 ? own.map(familyOf) : ['IPv4'];
  const selected = selectNodePortIPs(nodePortAddresses, own, own);
  return serviceHealthAddresses(nodePortAddresses, selected).filter((address) => families.includes(familyOf(address)));
}

function numbersOf(value: unknown): Map<string, number> {
  return new Map(Object.entries(recordOf(value)).map(([key, number]) => [key, Number(number)]));
}
