import fc from 'fast-check';
import t from 'tap';
import { LiveSet } from '../../src/lib/live-set.ts';

t.test('it holds what a Set holds, in the same order, whatever comes and goes', async (t) => {
  const steps = fc.array(fc.tuple(fc.constantFrom('come', 'go', 'go'), fc.nat(80)), { minLength: 400, maxLength: 600 });
  const { failed } = fc.check(
    fc.property(steps, (taken) => {
      const [live, plain] = [new LiveSet<Item>(), new Set<Item>()];
      const items = Array.from({ length: 81 }, (_, index) => ({ id: `c-${index}` }));
      for (const [step, index] of taken) {
        const item = items[index] ?? { id: '' };
        if (step === 'go' && live.delete(item) !== plain.delete(item)) return false;
        if (step === 'come' && !plain.has(item)) for (const each of [live, plain]) each.add(item);
        if (live.size !== plain.size) return false;
      }
      return [...live].map(({ id }) => id).join() === [...plain].map(({ id }) => id).join();
    }),
  );
  t.equal(failed, false);
});

t.test('thousands that come and go leave those that live, found by their ids', async (t) => {
  const live = new LiveSet<Item>();
  const staying = { id: 'stays' };
  live.add(staying);
  for (let i = 0; i < 5000; i++) {
    const item = { id: `c-${i}` };
    live.add(item);
    if (live.get(item.id) !== item || (i >= 3 && !live.delete(item))) t.fail(item.id);
  }
  t.strictSame(
    [...live].map(({ id }) => id),
    ['stays', 'c-0', 'c-1', 'c-2'],
  );
  t.equal(live.get('stays'), staying);
  t.equal(live.get('c-4999'), undefined);
});

t.test('another thing with the id of one that lives is not there', async (t) => {
  const live = new LiveSet<Item>();
  live.add({ id: 'c-1' });
  t.equal(live.delete({ id: 'c-1' }), false);
  t.equal(live.size, 1);
});

t.test('while it is iterated, what goes is left out, and what comes is seen', async (t) => {
  const live = new LiveSet<Item>();
  const items = Array.from({ length: 200 }, (_, index) => ({ id: `c-${index}` }));
  for (const item of items) live.add(item);
  const seen: string[] = [];
  for (const { id } of live) {
    seen.push(id);
    if (id === 'c-0') for (const item of items.slice(1, 199)) live.delete(item);
    if (id === 'c-199') live.add({ id: 'new' });
  }
  t.strictSame(seen, ['c-0', 'c-199', 'new']);
  live.add({ id: 'later' });
  t.strictSame(
    [...live].map(({ id }) => id),
    ['c-0', 'c-199', 'new', 'later'],
  );
});

interface Item {
  readonly id: string;
}
