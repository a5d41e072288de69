import t from 'tap';
import { FloodGate } from '../../src/observability/flood-gate.ts';
import { FakeClock } from '../fixtures/balancing.ts';

function setUp() {
  const clock = new FakeClock();
  const suppressed: number[] = [];
  const onSuppressed = (lines: number) => void suppressed.push(lines);
  const gate = new FloodGate({ clock, windowMs: 1000, perKey: 2, total: 5, onSuppressed });
  const allowed = (key: string, times: number) =>
    Array.from({ length: times }, () => gate.allow(key)).filter(Boolean).length;
  return { clock, suppressed, gate, allowed };
}

t.test('a key has so many lines in a window, and all keys together', (t) => {
  const { allowed } = setUp();
  t.equal(allowed('a', 9), 2);
  t.equal(allowed('b', 1), 1);
  t.equal(allowed('c', 2), 2);
  t.equal(allowed('d', 3), 0);
  t.end();
});

t.test('the end of a window tells what was left out, and begins anew', (t) => {
  const { clock, suppressed, allowed } = setUp();
  allowed('a', 9);
  clock.advance(1000);
  t.same(suppressed, [7]);
  t.equal(allowed('a', 2), 2);
  clock.advance(1000);
  t.same(suppressed, [7], 'nothing was left out');
  t.equal(clock.timers, 0);
  t.end();
});

t.test('close tells at once', (t) => {
  const { clock, suppressed, gate, allowed } = setUp();
  allowed('a', 3);
  gate.close();
  t.same(suppressed, [1]);
  t.equal(clock.timers, 0);
  t.end();
});
