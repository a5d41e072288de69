import t from 'tap';
import { StreamGuard } from '../../../src/source/kubernetes/stream-guard.ts';
import { SteppedClock } from '../../fixtures/kubernetes-clock.ts';

t.test('silence is counted from the last sign of life', async (t) => {
  const clock = new SteppedClock();
  const guard = new StreamGuard(clock, { silenceMs: 100, totalMs: 1000 });
  clock.advance(90);
  guard.touch();
  clock.advance(99);
  t.equal(guard.expired, undefined);
  clock.advance(1);
  t.equal(guard.expired, 'silent');
  t.ok(guard.signal.aborted);
});

t.test('a stream that lives is ended when its time is over', async (t) => {
  const clock = new SteppedClock();
  const guard = new StreamGuard(clock, { silenceMs: 100, totalMs: 250 });
  for (let i = 0; i < 5; i++) {
    clock.advance(50);
    guard.touch();
  }
  t.equal(guard.expired, 'overdue');
});

t.test('new limits count from when they are set', async (t) => {
  const clock = new SteppedClock();
  const guard = new StreamGuard(clock, { silenceMs: 100, totalMs: 100 });
  clock.advance(90);
  guard.limit({ silenceMs: 200, totalMs: 1000 });
  clock.advance(199);
  t.equal(guard.expired, undefined);
  clock.advance(1);
  t.equal(guard.expired, 'silent');
});

t.test('a guard that was stopped does nothing', async (t) => {
  const clock = new SteppedClock();
  const guard = new StreamGuard(clock, { silenceMs: 100, totalMs: 100 });
  guard.stop();
  clock.advance(1000);
  t.equal(guard.expired, undefined);
});
