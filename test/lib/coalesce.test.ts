import t from 'tap';
import { createCoalescer } from '../../src/lib/coalesce.ts';
import { FakeClock } from '../fixtures/balancing.ts';

function rig(minGapMs: number, run?: () => Promise<void>) {
  const clock = new FakeClock(1_000);
  const runs: number[] = [];
  const coalescer = createCoalescer({
    clock,
    minGapMs,
    run: () => {
      runs.push(clock.now());
      return run?.();
    },
  });
  return { clock, runs, coalescer };
}

t.test('a synchronous batch of requests is one run, at once', async (t) => {
  const { clock, runs, coalescer } = rig(100);
  for (let i = 0; i < 5; i++) coalescer.request();
  t.same(runs, [], 'not within the batch');
  t.equal(coalescer.pending, true);
  clock.advance(0);
  t.same(runs, [1_000]);
  t.equal(coalescer.pending, false);
});

t.test('runs start at least the gap apart, and a quiet time makes the next one immediate', async (t) => {
  const { clock, runs, coalescer } = rig(100);
  coalescer.request();
  clock.advance(10);
  coalescer.request();
  clock.advance(20);
  coalescer.request();
  clock.advance(500);
  t.same(runs, [1_000, 1_100]);
  coalescer.request();
  clock.advance(0);
  t.same(runs, [1_000, 1_100, 1_530]);
});

t.test('runs never overlap, and requests during a run make exactly one more', async (t) => {
  const ends: (() => void)[] = [];
  const { clock, runs, coalescer } = rig(10, () => new Promise((resolve) => ends.push(resolve)));
  coalescer.request();
  clock.advance(0);
  coalescer.request();
  coalescer.request();
  clock.advance(1_000);
  t.same(runs, [1_000], 'the first still runs');
  t.equal(coalescer.pending, true);
  ends[0]?.();
  await Promise.resolve();
  await Promise.resolve();
  clock.advance(1_000);
  t.equal(runs.length, 2);
  ends[1]?.();
  await Promise.resolve();
  await Promise.resolve();
  clock.advance(1_000);
  t.equal(runs.length, 2);
});

t.test('a request from within the first, synchronous part of a run does not overlap it', async (t) => {
  const clock = new FakeClock();
  const ends: (() => void)[] = [];
  const coalescer = createCoalescer({
    clock,
    minGapMs: 0,
    run: () => {
      if (ends.length === 0) coalescer.request();
      return new Promise<void>((resolve) => ends.push(resolve));
    },
  });
  coalescer.request();
  clock.advance(100);
  t.equal(ends.length, 1);
  ends[0]?.();
  await Promise.resolve();
  await Promise.resolve();
  clock.advance(0);
  t.equal(ends.length, 2);
});

t.test('an error of a run surfaces, and the next request runs', async (t) => {
  const clock = new FakeClock();
  let runs = 0;
  const coalescer = createCoalescer({
    clock,
    minGapMs: 0,
    run: () => {
      if (runs++ === 0) throw new Error('broken');
    },
  });
  coalescer.request();
  t.throws(() => clock.advance(0), { message: 'broken' });
  coalescer.request();
  clock.advance(0);
  t.equal(runs, 2);
});

t.test('after close nothing starts, and close waits for the run under way', async (t) => {
  const ends: (() => void)[] = [];
  const { clock, runs, coalescer } = rig(10, () => new Promise((resolve) => ends.push(resolve)));
  coalescer.request();
  clock.advance(0);
  coalescer.request();
  let closed = false;
  const closing = coalescer.close().then(() => {
    closed = true;
  });
  await Promise.resolve();
  t.equal(closed, false);
  ends[0]?.();
  await closing;
  clock.advance(1_000);
  coalescer.request();
  clock.advance(1_000);
  t.same(runs, [1_000]);
  t.equal(clock.timers, 0);
  t.equal(coalescer.pending, false);
  await coalescer.close();
});

t.test('a request that waits is given up by close', async (t) => {
  const { clock, runs, coalescer } = rig(10);
  coalescer.request();
  await coalescer.close();
  clock.advance(1_000);
  t.same(runs, []);
});
