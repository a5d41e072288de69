/**
 * Runs cases of kind `loadbalancer-rr` through the Picker: rotation, affinity, and what resets them.
 */

import { createPicker } from '../../../src/balancing/create-picker.ts';
import type { Picker } from '../../../src/balancing/picker.ts';
import type { ServicePort } from '../../../src/model/route.ts';
import { endpointOf, FakeClock, seededRandom, servicePortOf } from '../../fixtures/balancing.ts';
import type { JsonRecord, VectorCase } from '../vector-case.ts';
import { recordsOf, stringOf, stringsOf } from './json-fields.ts';

const DEFAULT_TIMEOUT_SECONDS = 10_800;

/** The mismatches of one case; empty = passed. */
export function run(testCase: VectorCase): string[] {
  const balancer = new Balancer();
  const expected = recordsOf(testCase.expect.steps);
  return recordsOf(testCase.input.steps).flatMap((step, index) =>
    balancer.step(step, expected[index] ?? {}).map((mismatch) => `step ${index}: ${mismatch}`),
  );
}

/** The ServicePorts of one case, and what it saved. */
class Balancer {
  readonly #clock = new FakeClock();
  readonly #picker: Picker = createPicker({
    clock: this.#clock,
    random: seededRandom(1),
    algorithmOf: () => 'roundrobin',
    maxAffinityEntries: 1000,
  });
  readonly #ports = new Map<string, ServicePort>();
  readonly #lastPicks = new Map<string, string>();
  readonly #saved = new Map<string, string>();

  step(step: JsonRecord, expect: JsonRecord): string[] {
    const name = stringOf(step.servicePort);
    const port = this.#ports.get(name) ?? servicePortOf([], { key: `${name}/TCP/IPv4` });
    switch (step.op) {
      case 'setEndpoints':
        return this.#setEndpoints(name, port, stringsOf(step.endpoints));
      case 'removeEndpointSaved':
        return this.#setEndpoints(name, port, without(port, this.#saved.get(stringOf(step.saved))));
      case 'setAffinity':
        return this.#change(name, { ...port, ...affinityOf(step) });
      case 'advance':
        this.#clock.advance(Number(step.seconds) * 1000);
        return [];
      case 'next':
        return this.#next(name, port, step, expect);
      default:
        return [`unknown op ${JSON.stringify(step.op)}`];
    }
  }

  #setEndpoints(name: string, port: ServicePort, keys: readonly string[]): string[] {
    const endpoints = keys.map((key) => endpointOf(key));
    const hasAnyEndpoints = endpoints.length > 0;
    return this.#change(name, { ...port, endpoints, clusterEndpoints: endpoints, hasAnyEndpoints });
  }

  #change(name: string, after: ServicePort): string[] {
    this.#picker.sync([{ before: this.#ports.get(name), after }]);
    this.#ports.set(name, after);
    return [];
  }

  #next(name: string, port: ServicePort, step: JsonRecord, expect: JsonRecord): string[] {
    const client = stringOf(step.clientIP);
    const failed = step.affinityReset === true ? this.#lastPicks.get(`${name} ${client}`) : undefined;
    const tried = failed === undefined ? undefined : new Set([failed]);
    const pick = (without?: ReadonlySet<string>): string | undefined =>
      this.#picker.pick(port, port.clusterEndpoints ?? [], client, without)?.endpoint.key;
    // Where nobody else is left, the one that failed is next again.
    const picked = pick(tried) ?? pick();
    const mismatches = picked === undefined ? checkNone(expect) : this.#check(picked, expect);
    if (picked !== undefined) this.#lastPicks.set(`${name} ${client}`, picked);
    if (picked !== undefined && typeof expect.saveAs === 'string') this.#saved.set(expect.saveAs, picked);
    return mismatches;
  }

  #check(picked: string, expect: JsonRecord): string[] {
    const saved = (name: string): string | undefined => this.#saved.get(name);
    const wrong: string[] = [];
    if (expect.error !== undefined) wrong.push(`error ${expect.error}`);
    if (expect.equals !== undefined && picked !== expect.equals) wrong.push(`equals ${expect.equals}`);
    if (expect.oneOf !== undefined && !stringsOf(expect.oneOf).includes(picked)) wrong.push(`oneOf ${expect.oneOf}`);
    if (expect.equalsSaved !== undefined && picked !== saved(stringOf(expect.equalsSaved))) {
      wrong.push(`equalsSaved ${expect.equalsSaved}`);
    }
    if (expect.differsFrom !== undefined && stringsOf(expect.differsFrom).some((name) => saved(name) === picked)) {
      wrong.push(`differsFrom ${expect.differsFrom}`);
    }
    if (expect.oneOfSaved !== undefined && !stringsOf(expect.oneOfSaved).some((name) => saved(name) === picked)) {
      wrong.push(`oneOfSaved ${expect.oneOfSaved}`);
    }
    return wrong.map((rule) => `picked ${picked}, wanted ${rule}`);
  }
}

function checkNone(expect: JsonRecord): string[] {
  return expect.error === 'noEndpoints' ? [] : [`picked nothing, wanted ${JSON.stringify(expect)}`];
}

function affinityOf(step: JsonRecord): Pick<ServicePort, 'sessionAffinity' | 'sessionAffinityTimeoutSeconds'> {
  if (step.affinity !== 'ClientIP') return { sessionAffinity: 'None', sessionAffinityTimeoutSeconds: 0 };
  const timeout = Number(step.timeoutSeconds ?? 0);
  return { sessionAffinity: 'ClientIP', sessionAffinityTimeoutSeconds: timeout || DEFAULT_TIMEOUT_SECONDS };
}

function without(port: ServicePort, gone: string | undefined): string[] {
  return port.endpoints.map(({ key }) => key).filter((key) => key !== gone);
}
