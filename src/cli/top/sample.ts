/**
 * What `top` knows at one moment, and what two moments say together.
 *
 *   live flows, by id ─┐
 *   flows that ended  ─┼─ bytes since the sample before ÷ time between
 *   rates by step     ─┘─ new flows and failures since then; latencies of the last minute
 */

import type { Static } from 'typebox';
import type { EJECTION_LIST } from '../../admin/ejection-rows.ts';
import type { FlowRow } from '../../admin/flow-row.ts';
import type { RateList } from '../../admin/rates-route.ts';
import type { ServiceRow } from '../../admin/service-rows.ts';

/** One moment. */
export interface Sample {
  readonly atMs: number;
  readonly services: readonly Pick<ServiceRow, 'namespace' | 'name' | 'routable' | 'total'>[];
  readonly flows: readonly Pick<FlowRow, 'id' | 'namespace' | 'service' | 'bytesIn' | 'bytesOut'>[];
  /** Those that ended since the sample before. */
  readonly ended: Sample['flows'];
  /** In short steps, for counts. */
  readonly rates: RateList;
  /** In steps of a minute, for latencies. */
  readonly minutes: RateList;
  readonly ejections: readonly Pick<Static<typeof EJECTION_LIST>['items'][number], 'namespace' | 'service'>[];
}

/** One Service between two moments. Rates are a second; latencies in ms, `undefined` = none was measured. */
export interface TopRow {
  readonly namespace: string;
  readonly service: string;
  readonly flows: number;
  readonly newPerSecond: number;
  readonly bytesInPerSecond: number;
  readonly bytesOutPerSecond: number;
  readonly failuresPerSecond: number;
  readonly connectP50Ms: number | undefined;
  readonly connectP99Ms: number | undefined;
  readonly routable: number;
  readonly total: number;
  readonly ejected: number;
}

/** A row for each Service, by name. */
export function rowsBetween(before: Sample, after: Sample): readonly TopRow[] {
  const seconds = Math.max(0.001, (after.atMs - before.atMs) / 1_000);
  const bytes = bytesBetween(before, after);
  const rates = new Map(after.rates.items.map((item) => [keyOf(item), item]));
  const known = new Map(before.rates.items.map((item) => [keyOf(item), item]));
  const latencies = new Map(after.minutes.items.map((item) => [keyOf(item), item]));
  const counts = countBy(after.flows);
  const ejected = countBy(after.ejections);
  return after.services.map(({ namespace, name, routable, total }) => {
    const key = `${namespace}/${name}`;
    const rate = rates.get(key);
    const since = (column: 'opened' | 'failed'): number =>
      countSince(
        { ...before.rates, counts: known.get(key)?.[column] ?? [] },
        { ...after.rates, counts: rate?.[column] ?? [] },
      );
    const { bytesIn = 0, bytesOut = 0 } = bytes.get(key) ?? {};
    return {
      namespace,
      service: name,
      flows: counts.get(key) ?? 0,
      newPerSecond: since('opened') / seconds,
      bytesInPerSecond: bytesIn / seconds,
      bytesOutPerSecond: bytesOut / seconds,
      failuresPerSecond: since('failed') / seconds,
      connectP50Ms: latencies.get(key)?.connectP50Ms.at(-1) ?? undefined,
      connectP99Ms: latencies.get(key)?.connectP99Ms.at(-1) ?? undefined,
      routable,
      total,
      ejected: ejected.get(key) ?? 0,
    };
  });
}

interface Bytes {
  bytesIn: number;
  bytesOut: number;
}

/** What each flow moved since it was last seen; of one that was not seen, all of it. */
function bytesBetween(before: Sample, after: Sample): ReadonlyMap<string, Bytes> {
  const seen = new Map(before.flows.map((flow) => [flow.id, flow]));
  // A flow that ends while the sample is taken is in both lists: its end is what counts.
  const last = new Map([...after.flows, ...after.ended].map((flow) => [flow.id, flow]));
  const sums = new Map<string, Bytes>();
  for (const flow of last.values()) {
    const sum = sums.get(keyOf(flow)) ?? { bytesIn: 0, bytesOut: 0 };
    const old = seen.get(flow.id);
    sum.bytesIn += Math.max(0, flow.bytesIn - (old?.bytesIn ?? 0));
    sum.bytesOut += Math.max(0, flow.bytesOut - (old?.bytesOut ?? 0));
    sums.set(keyOf(flow), sum);
  }
  return sums;
}

interface Counts {
  readonly from: string;
  readonly stepSeconds: number;
  readonly counts: readonly number[];
}

/** How much more was counted: the steps are the same moments in both, but shifted; the last one goes on. */
function countSince(before: Counts, after: Counts): number {
  const shift = Math.round((Date.parse(after.from) - Date.parse(before.from)) / (after.stepSeconds * 1_000));
  const length = before.counts.length || after.counts.length;
  // What is older than the step in which the sample before was taken had been counted then.
  const first = Math.max(0, length - 1 - shift);
  const more = after.counts.slice(first).reduce((sum, count) => sum + count, 0);
  return Math.max(0, more - (before.counts.at(-1) ?? 0));
}

function countBy(
  rows: readonly { readonly namespace: string; readonly service: string }[],
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1);
  return counts;
}

function keyOf({ namespace, service }: { readonly namespace: string; readonly service: string }): string {
  return `${namespace}/${service}`;
}
