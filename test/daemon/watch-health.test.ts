import { setTimeout as timers } from 'node:timers/promises';
import t from 'tap';
import { createEventLoopLag, watchAgeOf } from '../../src/daemon/watch-health.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { SOURCE_STATUS } from '../fixtures/admin.ts';
import { FakeClock } from '../fixtures/balancing.ts';

/** Holds the event loop. */
function block(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

t.test('a block of the event loop is told by the next check, and once', async (t) => {
  const lag = createEventLoopLag(systemClock, 500);
  t.teardown(() => lag.close());
  lag.check();
  block(700);
  t.match(lag.check(), { name: 'eventloop', ok: false, detail: /^delayed by \d{3,} ms$/ }, 'begun right after a check');
  t.match(lag.check(), { ok: true, detail: '' });
  block(700);
  await timers(1);
  t.match(lag.check(), { ok: false }, 'over before the check');
  t.match(lag.check(), { ok: true });
});

t.test('5 s are too long, and a loop that turns is never late', async (t) => {
  const clock = new FakeClock();
  const monotonic = t.capture(clock, 'monotonic', clock.monotonic);
  const lag = createEventLoopLag(clock);
  clock.advance(600_000);
  t.ok(monotonic().length > 10_000, 'looked at many times');
  t.match(lag.check(), { ok: true });
  let lateMs = 4_900;
  t.intercept(clock, 'monotonic', { value: () => clock.now() + lateMs });
  t.match(lag.check(), { ok: true });
  lateMs += 5_100;
  t.match(lag.check(), { ok: false, detail: 'delayed by 5050 ms' });
  lag.close();
  t.equal(clock.timers, 0);
});

t.test('the oldest resource gives the age of the watch', async (t) => {
  t.same(watchAgeOf(SOURCE_STATUS, 100_000), { ageSeconds: 30, stale: true });
  t.same(watchAgeOf({ ...SOURCE_STATUS, resources: [] }, 100_000), { ageSeconds: undefined, stale: false });
});
