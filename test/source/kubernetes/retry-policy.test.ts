import t from 'tap';
import { type ErrorCode, SvclaneError } from '../../../src/errors.ts';
import { RetryPolicy } from '../../../src/source/kubernetes/retry-policy.ts';
import { DEFAULT_TIMINGS } from '../../../src/source/kubernetes/timings.ts';
import { SteppedClock } from '../../fixtures/kubernetes-clock.ts';

function failure(code: ErrorCode, facts: Record<string, unknown> = {}): SvclaneError {
  return new SvclaneError(code, 'as the test wants it', { facts });
}

const unreachable = failure('SVL_API_UNREACHABLE', { errno: 'ECONNREFUSED' });
const broken = failure('SVL_API_RESPONSE', { status: 503 });

function create(random = 1): { clock: SteppedClock; policy: RetryPolicy } {
  const clock = new SteppedClock();
  return { clock, policy: new RetryPolicy(clock, () => random, DEFAULT_TIMINGS) };
}

t.test('a server that is away is tried every second for five minutes, then ever less', async (t) => {
  const { clock, policy } = create();
  let elapsedMs = 0;
  while (elapsedMs < 300_000) {
    const { delayMs, relist } = policy.failed(unreachable);
    if (delayMs > 1000 || relist) t.fail(`${delayMs} ms after ${elapsedMs} ms`);
    clock.advance(delayMs);
    elapsedMs += delayMs;
  }
  const delays = Array.from({ length: 7 }, () => policy.failed(unreachable).delayMs);
  t.same(delays, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

t.test('what a server answers that has just come back is tried again every second', async (t) => {
  const { clock, policy } = create();
  for (let i = 0; i < 20; i++) policy.failed(unreachable);
  const forbidden = failure('SVL_API_FORBIDDEN', { status: 403 });
  const delays = () => Array.from({ length: 4 }, () => policy.failed(forbidden).delayMs);
  t.same(delays(), [1000, 1000, 1000, 1000]);
  clock.advance(300_000);
  t.same(delays(), [1000, 2000, 4000, 8000], 'but not for ever');
});

t.test('a missing right is asked for ever less often', async (t) => {
  const { policy } = create();
  const forbidden = failure('SVL_API_FORBIDDEN', { status: 403 });
  const delays = Array.from({ length: 8 }, () => policy.failed(forbidden).delayMs);
  t.same(delays, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

t.test('a minute in order forgets what failed before, less does not', async (t) => {
  for (const [healthyMs, delayMs] of [
    [59_000, 2000],
    [60_000, 500],
  ] as const) {
    const { clock, policy } = create();
    policy.failed(broken);
    policy.failed(broken);
    policy.succeeded();
    clock.advance(healthyMs);
    t.equal(policy.failed(broken).delayMs, delayMs);
  }
});

t.test('only a list mends a version that is gone, an event that is lost, and a watch that fails thrice', async (t) => {
  const { policy } = create();
  t.same(policy.failed(failure('SVL_API_RESPONSE', { status: 410 })), { delayMs: 0, relist: true });
  t.same(policy.failed(failure('SVL_API_RESPONSE', { status: 410 })), { delayMs: 500, relist: true });
  t.equal(policy.failed(failure('SVL_API_RESPONSE', { lost: true })).relist, true);
  t.same(
    Array.from({ length: 4 }, () => policy.failed(broken).relist),
    [false, false, true, false],
  );
});

t.test('Retry-After is never undercut, and limited', async (t) => {
  const asked = (retryAfterMs: number) => failure('SVL_API_RESPONSE', { status: 429, retryAfterMs });
  t.equal(create(0).policy.failed(asked(7000)).delayMs, 7000);
  t.equal(Math.round(create(1).policy.failed(asked(7000)).delayMs), 7700);
  t.equal(create(0).policy.failed(asked(1e9)).delayMs, 300_000);
});
