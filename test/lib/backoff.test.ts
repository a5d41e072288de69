import t from 'tap';
import { createBackoff } from '../../src/lib/backoff.ts';

const options = { baseMs: 500, maxMs: 30_000, random: () => 1 };

function take(count: number, next: () => number): number[] {
  return Array.from({ length: count }, next);
}

t.test('delays double from the base to the maximum', async (t) => {
  const backoff = createBackoff(options);
  t.same(
    take(8, () => backoff.next()),
    [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000],
  );
});

t.test('a delay is uniform between nothing and its ceiling', async (t) => {
  const values = [0, 0.25, 0.5];
  const backoff = createBackoff({ ...options, random: () => values.shift() ?? 0 });
  t.same(
    take(3, () => backoff.next()),
    [0, 250, 1000],
  );
});

t.test('a cap limits the delay, and the growth too', async (t) => {
  const backoff = createBackoff(options);
  t.same(
    take(4, () => backoff.next(1000)),
    [500, 1000, 1000, 1000],
  );
  t.same(
    take(2, () => backoff.next()),
    [1000, 2000],
  );
  t.equal(backoff.next(100), 100);
  t.equal(backoff.next(), 4000);
});

t.test('reset starts over', async (t) => {
  const backoff = createBackoff(options);
  take(5, () => backoff.next());
  backoff.reset();
  t.equal(backoff.next(), 500);
});
