import fc from 'fast-check';
import t from 'tap';
import { Queue } from '../../src/lib/queue.ts';
import { holds } from '../fixtures/property.ts';

t.test('a queue is a list that is pushed and shifted', async (t) => {
  holds(
    t,
    fc.property(fc.array(fc.option(fc.nat(), { nil: undefined }), { maxLength: 60 }), (steps) => {
      const queue = new Queue<number>();
      const list: number[] = [];
      return steps.every((step) => {
        if (step !== undefined) {
          queue.push(step);
          list.push(step);
        } else if (queue.shift() !== list.shift()) return false;
        const seen = Array.from({ length: queue.length }, (_, place) => queue.at(place));
        return JSON.stringify(seen) === JSON.stringify(list) && queue.at(-1) === undefined;
      });
    }),
  );
});

t.test('the last place that a bound holds for is found', async (t) => {
  const queue = new Queue<number>();
  t.equal(
    queue.lastPlace(() => true),
    -1,
  );
  for (const item of [0, 1, 3, 5, 5, 9]) queue.push(item);
  queue.shift();
  const place = (bound: number): number => queue.lastPlace((item) => item <= bound);
  t.same([0, 1, 4, 5, 100].map(place), [-1, 0, 1, 3, 4]);
});
