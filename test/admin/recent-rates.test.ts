import t, { type Test } from 'tap';
import { LATENCY_BOUNDS_MS, RecentRates, STEP_SECONDS, STEPS } from '../../src/admin/recent-rates.ts';
import type { Flow } from '../../src/model/flow.ts';
import { channels } from '../../src/observability/channels.ts';
import { frontendOf, portOf, routeOf } from '../fixtures/admin.ts';
import { FakeClock } from '../fixtures/balancing.ts';
import { flowOf } from '../fixtures/flows.ts';

const STEP_MS = STEP_SECONDS * 1_000;

function ratesOf(t: Test, maxServices?: number): { rates: RecentRates; clock: FakeClock } {
  const clock = new FakeClock();
  const rates = new RecentRates(clock, maxServices);
  rates.start();
  t.teardown(() => rates.close());
  return { rates, clock };
}

function flowOfService(name: string): Flow {
  return flowOf({ route: routeOf(frontendOf('10.96.0.16', 80), portOf(`shop/${name}`, ['10.0.0.1:80'])) });
}

/** The steps that something happened in, counted back from this moment. */
function busySteps(rates: RecentRates, key: string): object[] {
  return rates
    .stepsOf(key)
    .map(({ opened, failed, failedDials }, index) => ({ ago: STEPS - 1 - index, opened, failed, failedDials }))
    .filter(({ opened, failed, failedDials }) => opened + failed + failedDials > 0);
}

t.test('each step counts what happened in it', async (t) => {
  const { rates, clock } = ratesOf(t);
  const flow = flowOf();
  channels.flowOpened.publish(flow);
  channels.flowOpened.publish(flow);
  clock.advance(2 * STEP_MS);
  channels.flowOpened.publish(flow);
  channels.dialFailed.publish({ flow, endpoint: '10.0.0.1:80', errno: 'ECONNREFUSED', elapsedMs: 1 });
  channels.flowEnded.publish({ ...flow, end: { cause: 'dial-failed', errno: 'ECONNREFUSED' } });
  channels.flowEnded.publish({ ...flow, end: { cause: 'client-reset' } });
  clock.advance(STEP_MS);
  t.same(busySteps(rates, 'shop/web'), [
    { ago: 3, opened: 2, failed: 0, failedDials: 0 },
    { ago: 1, opened: 1, failed: 1, failedDials: 1 },
  ]);
  t.same(rates.services(), ['shop/web']);
  t.equal(rates.stepsOf('shop/none').length, STEPS);
});

t.test('what is older than the ring is forgotten, however long nothing happened', async (t) => {
  for (const passed of [STEPS - 1, STEPS, STEPS + 1, 3 * STEPS + 7]) {
    const { rates, clock } = ratesOf(t);
    channels.flowOpened.publish(flowOf());
    clock.advance(passed * STEP_MS);
    const isThere = passed < STEPS;
    t.equal(rates.services().length, isThere ? 1 : 0, `${passed} steps`);
    t.equal(busySteps(rates, 'shop/web').length, isThere ? 1 : 0, `${passed} steps`);
    channels.flowOpened.publish(flowOf());
    t.match(busySteps(rates, 'shop/web').at(-1), { ago: 0, opened: 1 }, `${passed} steps`);
    rates.close();
  }
});

t.test('a clock that goes back starts anew', async (t) => {
  const { rates, clock } = ratesOf(t);
  channels.flowOpened.publish(flowOf());
  clock.advance(-5 * STEP_MS);
  channels.flowOpened.publish(flowOf());
  t.same(busySteps(rates, 'shop/web'), [{ ago: 0, opened: 1, failed: 0, failedDials: 0 }]);
});

t.test('the Services that were silent longest make room', async (t) => {
  const { rates, clock } = ratesOf(t, 2);
  channels.flowOpened.publish(flowOfService('a'));
  clock.advance(STEP_MS);
  channels.flowOpened.publish(flowOfService('b'));
  channels.flowOpened.publish(flowOfService('a'));
  channels.flowOpened.publish(flowOfService('c'));
  t.same(rates.services(), ['shop/a', 'shop/c']);
});

t.test('how long a connect took counts in its class', async (t) => {
  const { rates } = ratesOf(t);
  const cases: readonly (readonly [ms: number, index: number])[] = [
    [0, 0],
    [0.25, 0],
    [0.26, 1],
    [1_000, LATENCY_BOUNDS_MS.length - 1],
    [1_001, LATENCY_BOUNDS_MS.length],
  ];
  for (const [connectMs] of cases) {
    const timed = { ...flowOf(), connectMs, end: { cause: 'finished' } } as const;
    channels.flowEnded.publish(timed);
  }
  const latencies = rates.stepsOf('shop/web').at(-1)?.latencies ?? [];
  const expected = Array.from({ length: LATENCY_BOUNDS_MS.length + 1 }, (_, index) => {
    return cases.filter(([, wanted]) => wanted === index).length;
  });
  t.same([...latencies], expected);
});
