/**
 * `GET /v1/rates`: connects, failures and connect latency of each Service over the last half hour.
 */

import { type Static, Type } from 'typebox';
import type { Clock } from '../lib/clock.ts';
import type { HttpApp } from './http-app.ts';
import { operation } from './operation.ts';
import { isWanted, SERVICE_FILTER } from './page.ts';
import { LATENCY_BOUNDS_MS, type RateStep, RecentRates, STEP_SECONDS, STEPS } from './recent-rates.ts';

const COUNTS = Type.Array(Type.Integer());
const LATENCIES = Type.Array(Type.Union([Type.Number(), Type.Null()]));

/**
 * One Service, one value a step. `failed` are clients that got nothing, `failedDials` tries that failed. The latencies are
 * upper bounds in ms, by the classes that are counted; `null` = none was measured.
 */
const RATES = Type.Object({
  namespace: Type.String(),
  service: Type.String(),
  opened: COUNTS,
  failed: COUNTS,
  failedDials: COUNTS,
  connectP50Ms: LATENCIES,
  connectP99Ms: LATENCIES,
});

/** `from` is when the first step began. The last step is not over. */
export const RATE_LIST = Type.Object({ stepSeconds: Type.Integer(), from: Type.String(), items: Type.Array(RATES) });

/** `step` in seconds. */
const RATE_QUERY = Type.Object({
  ...SERVICE_FILTER,
  step: Type.Optional(Type.Union([Type.Literal(10), Type.Literal(60)])),
});

export type Rates = Static<typeof RATES>;
export type RateList = Static<typeof RATE_LIST>;

/** Adds the path. Counting begins when the app is ready, and ends when it is closed. */
export function addRatesRoute(app: HttpApp, clock: Clock): void {
  const rates = new RecentRates(clock);
  app.addHook('onReady', async () => rates.start());
  app.addHook('onClose', async () => rates.close());
  app.get('/v1/rates', { schema: LIST }, ({ query }) => listRates(rates, query));
}

const LIST = operation(
  { id: 'listRates', tag: 'live', summary: 'Connects, failures and connect latency over the last half hour' },
  { querystring: RATE_QUERY },
  RATE_LIST,
);

/** The Services that had traffic, by name. */
function listRates(rates: RecentRates, query: Static<typeof RATE_QUERY>): RateList {
  const { step: stepSeconds = STEP_SECONDS } = query;
  const wanted = rates
    .services()
    .map((key) => ({ key, ...namesOf(key) }))
    .filter((owner) => isWanted(query, owner))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  return {
    stepSeconds,
    from: new Date((rates.step - STEPS + 1) * STEP_SECONDS * 1_000).toISOString(),
    items: wanted.map(({ key, ...names }) => ({
      ...names,
      ...columnsOf(joined(rates.stepsOf(key), stepSeconds / STEP_SECONDS)),
    })),
  };
}

function namesOf(key: string): { readonly namespace: string; readonly service: string } {
  const [namespace = '', service = ''] = key.split('/');
  return { namespace, service };
}

/** Joins each `count` steps to one. */
function joined(steps: readonly RateStep[], count: number): readonly RateStep[] {
  if (count === 1) return steps;
  return Array.from({ length: steps.length / count }, (_, index) =>
    steps.slice(index * count, (index + 1) * count).reduce(sum),
  );
}

function sum(a: RateStep, b: RateStep): RateStep {
  return {
    opened: a.opened + b.opened,
    failed: a.failed + b.failed,
    failedDials: a.failedDials + b.failedDials,
    latencies: a.latencies.map((count, index) => count + (b.latencies[index] ?? 0)),
  };
}

function columnsOf(steps: readonly RateStep[]): Omit<Rates, 'namespace' | 'service'> {
  return {
    opened: steps.map(({ opened }) => opened),
    failed: steps.map(({ failed }) => failed),
    failedDials: steps.map(({ failedDials }) => failedDials),
    connectP50Ms: steps.map(({ latencies }) => quantile(latencies, 0.5)),
    connectP99Ms: steps.map(({ latencies }) => quantile(latencies, 0.99)),
  };
}

/** The bound of the class in which the quantile lies; of the open one, its lower bound. */
function quantile(latencies: Uint32Array, part: number): number | null {
  const total = latencies.reduce((all, count) => all + count, 0);
  if (total === 0) return null;
  let left = Math.ceil(total * part);
  const found = latencies.findIndex((count) => {
    left -= count;
    return left <= 0;
  });
  return LATENCY_BOUNDS_MS[found] ?? LATENCY_BOUNDS_MS.at(-1) ?? null;
}
