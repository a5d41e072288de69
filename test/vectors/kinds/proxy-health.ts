/**
 * Runs cases of kind `proxy-health` through the tracker behind /healthz and /livez.
 */

import { type HealthAnswer, ProxyHealth } from '../../../src/admin/proxy-health.ts';
import { IP_FAMILIES } from '../../../src/model/address.ts';
import { FakeClock } from '../../fixtures/balancing.ts';
import type { JsonRecord, VectorCase } from '../vector-case.ts';
import { recordOf, recordsOf, stringsOf } from './json-fields.ts';

/** The mismatches of one case; empty = passed. */
export function run(testCase: VectorCase): string[] {
  const clock = new FakeClock();
  const healthTimeoutMs = Number(testCase.input.healthTimeoutSeconds) * 1000;
  const health = new ProxyHealth({ clock, healthTimeoutMs });
  const expected = recordsOf(testCase.expect.steps);
  return recordsOf(testCase.input.steps).flatMap((step, index) => {
    const unknown = apply(step, health, clock);
    const mismatches = unknown ?? check(expected[index] ?? {}, health, clock);
    return mismatches.map((mismatch) => `step ${index}: ${mismatch}`);
  });
}

function apply(step: JsonRecord, health: ProxyHealth, clock: FakeClock): string[] | undefined {
  const family = IP_FAMILIES.find((name) => name === step.value);
  const node = recordOf(step.value);
  if (step.op === 'advance') clock.advance(Number(step.value) * 1000);
  else if (step.op === 'updated' && family) health.updated(family);
  else if (step.op === 'queued' && family) health.queued(family);
  else if (step.op === 'node') {
    health.nodeChanged({ taintKeys: stringsOf(node.taints), deleting: node.deleted === true });
  } else if (step.op !== 'none') return [`unknown step ${JSON.stringify(step)}`];
  return undefined;
}

function check(expect: JsonRecord, health: ProxyHealth, clock: FakeClock): string[] {
  const healthz = health.healthz();
  const livez = health.livez();
  const now = clock.now() / 1000;
  return [
    ...(expect.healthz === undefined ? [] : compare('healthz', recordOf(expect.healthz), summaryOf(healthz))),
    ...(expect.livez === undefined ? [] : compare('livez', recordOf(expect.livez), summaryOf(livez))),
    ...(expect.families === undefined ? [] : compare('families', recordOf(expect.families), familiesOf(livez))),
    ...compare('time', { current: expect.currentTimeSeconds ?? now }, { current: secondsOf(livez.body.currentTime) }),
  ];
}

function summaryOf({ status, body }: HealthAnswer): JsonRecord {
  const { healthy, nodeEligible, lastUpdated } = body;
  return { status, healthy, nodeEligible, lastUpdatedSeconds: secondsOf(lastUpdated) };
}

function familiesOf({ body }: HealthAnswer): JsonRecord {
  const entries = Object.entries(body.status).map(([family, { healthy, lastUpdated }]) => {
    return [family, { healthy, lastUpdatedSeconds: secondsOf(lastUpdated) }];
  });
  return Object.fromEntries(entries);
}

function secondsOf(time: string | null): number | null {
  return time === null ? null : Date.parse(time) / 1000;
}

/** Every field that is expected, and for `families` no other. */
function compare(what: string, expect: JsonRecord, actual: JsonRecord): string[] {
  const extra = what === 'families' ? Object.keys(actual).filter((key) => !(key in expect)) : [];
  return [
    ...extra.map((key) => `${what}.${key} is not expected`),
    ...Object.entries(expect)
      .filter(([key, value]) => canonical(value) !== canonical(actual[key]))
      .map(([key, value]) => `${what}.${key} is ${canonical(actual[key])}, wanted ${canonical(value)}`),
  ];
}

function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    ) ?? 'absent'
  );
}
