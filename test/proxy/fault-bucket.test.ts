import fc from 'fast-check';
import t from 'tap';
import { FaultBucket } from '../../src/proxy/fault-bucket.ts';
import { holds } from '../fixtures/property.ts';

t.test('gives what the rate has gathered, and no more', async (t) => {
  const bucket = new FaultBucket(1000, 1, 0);
  t.equal(bucket.take(10, 0), 0, 'empty at first');
  t.equal(bucket.waitMs(10, 0), 10);
  t.equal(bucket.take(10, 10), 10);
  t.equal(bucket.take(500, 20), 10);
  t.equal(bucket.take(500, 10_000), 100, 'a tenth of a second at once');
  t.equal(bucket.waitMs(500, 10_000), 50, 'half of that is waited for');
});

t.test('what has to go at once fits, however low the rate', async (t) => {
  const bucket = new FaultBucket(10, 1500, 0);
  t.equal(bucket.waitMs(1500, 0), 150_000);
  t.equal(bucket.take(1500, 150_000), 1500);
});

t.test('over any time at most the rate and one burst go through', (t) => {
  const steps = fc.array(fc.record({ ms: fc.nat(500), wanted: fc.nat(5000) }), { maxLength: 50 });
  holds(
    t,
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), steps, (rate, moves) => {
      const bucket = new FaultBucket(rate, 1, 0);
      let nowMs = 0;
      let taken = 0;
      for (const { ms, wanted } of moves) {
        nowMs += ms;
        taken += bucket.take(wanted, nowMs);
        const most = (rate * nowMs) / 1000 + 1;
        if (taken > most) throw new Error(`${taken} of ${most}`);
      }
    }),
  );
  t.end();
});
