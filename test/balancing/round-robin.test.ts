import fc from 'fast-check';
import t from 'tap';
import { Rotation } from '../../src/balancing/round-robin.ts';
import type { Endpoint } from '../../src/model/endpoint.ts';
import { endpointOf, seededRandom } from '../fixtures/balancing.ts';

const keys = (count: number, from = 1): string[] => Array.from({ length: count }, (_, i) => `10.0.0.${from + i}:80`);
const setOf = (...names: string[]): Endpoint[] => names.map((key) => endpointOf(key));
const takes = (rotation: Rotation, count: number): string[] =>
  Array.from({ length: count }, () => rotation.take(undefined)?.key ?? '');

t.test('the first turn is at random, the others follow by key', (t) => {
  const rotation = new Rotation(() => 0.5);
  rotation.follow(setOf('c', 'a', 'd', 'b'));
  t.same(takes(rotation, 5), ['c', 'd', 'a', 'b', 'c']);
  t.end();
});

t.test('the same set in another order goes on where it was', (t) => {
  const rotation = new Rotation(() => 0);
  rotation.follow(setOf('a', 'b', 'c'));
  t.same(takes(rotation, 1), ['a']);
  rotation.follow(setOf('c', 'b', 'a'));
  t.same(takes(rotation, 3), ['b', 'c', 'a']);
  t.end();
});

t.test('a set that changes before every turn never restarts the rotation', (t) => {
  const rotation = new Rotation(() => 0);
  const seen: string[] = [];
  for (let round = 0; round < 6; round++) {
    rotation.follow(setOf('a', 'b', 'c', ...(round % 2 ? ['x'] : ['y'])));
    seen.push(...takes(rotation, 1));
  }
  t.same(seen, ['a', 'b', 'c', 'x', 'y', 'a']);
  t.end();
});

t.test('the endpoint whose turn was last may leave, and the one behind it is next', (t) => {
  const rotation = new Rotation(() => 0);
  rotation.follow(setOf('a', 'b', 'c'));
  takes(rotation, 2);
  rotation.follow(setOf('a', 'c'));
  t.same(takes(rotation, 2), ['c', 'a']);
  rotation.follow([]);
  t.equal(rotation.take(undefined), undefined);
  rotation.follow(setOf('a', 'b'));
  t.same(takes(rotation, 1), ['b']);
  t.end();
});

t.test('what a dead endpoint cannot serve is shared by all the others', (t) => {
  const rotation = new Rotation(() => 0);
  rotation.follow(setOf('a', 'dead', 'e', 'f'));
  const served = new Map<string, number>();
  for (let flow = 0; flow < 30; flow++) {
    const tried = new Set<string>();
    let taken = rotation.take(tried)?.key ?? '';
    if (taken === 'dead') taken = rotation.take(tried.add('dead'))?.key ?? '';
    served.set(taken, (served.get(taken) ?? 0) + 1);
  }
  t.same(
    served,
    new Map([
      ['a', 10],
      ['e', 10],
      ['f', 10],
    ]),
  );
  t.end();
});

t.test('nobody is left when all have been tried', (t) => {
  const rotation = new Rotation(() => 0);
  rotation.follow(setOf('a', 'b'));
  t.equal(rotation.take(new Set(['a', 'b'])), undefined);
  t.equal(rotation.take(new Set(['a']))?.key, 'b');
  t.end();
});

t.test('an endpoint is found by its key', (t) => {
  const rotation = new Rotation(() => 0);
  rotation.follow(setOf('b', 'a', 'd'));
  for (const key of ['a', 'b', 'd']) t.equal(rotation.find(key)?.key, key);
  for (const key of ['', 'c', 'e']) t.equal(rotation.find(key), undefined);
  t.end();
});

t.test('property: any run of turns over one set is fair within one', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 100 }), fc.integer(), (size, run, seed) => {
      const random = seededRandom(seed);
      const rotation = new Rotation(random);
      const set = setOf(...keys(size));
      rotation.follow(set);
      takes(rotation, Math.floor(random() * 20));
      const counts = new Map(set.map(({ key }) => [key, 0]));
      for (let turn = 0; turn < run; turn++) {
        rotation.follow(turn % 3 === 0 ? set.toReversed() : set);
        const key = rotation.take(undefined)?.key ?? '';
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      return Math.max(...counts.values()) - Math.min(...counts.values()) <= 1;
    }),
  );
  t.end();
});
