import fc from 'fast-check';
import t from 'tap';
import { diffMaps, emptyMap, type PersistentMap } from '../../src/lib/persistent-map.ts';
import { holds } from '../fixtures/property.ts';

type Operation = readonly [key: string, value: number | undefined];

const operations = fc.array(
  fc.tuple(
    fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom('a', 'b', '__proto__')),
    fc.option(fc.nat(5), { nil: undefined }),
  ),
  { maxLength: 60 },
);

const HASHES: readonly (readonly [name: string, hash: ((text: string) => number) | undefined])[] = [
  ['its own hash', undefined],
  ['a hash that collides always', () => 7],
  ['a hash with three values, alike in the low bits', (text) => (text.length % 3) << 27],
];

for (const [name, hash] of HASHES) {
  t.test(`with ${name}, a map does what a Map does`, async (t) => {
    holds(
      t,
      fc.property(operations, (list) => {
        const model = new Map<string, number>();
        const map = play(list, model, emptyMap<number>(hash));
        return isSame(map, model);
      }),
    );
  });

  t.test(`with ${name}, the same content has the same order, whatever its history`, async (t) => {
    holds(
      t,
      fc.property(operations, (list) => {
        const model = new Map<string, number>();
        const map = play(list, model, emptyMap<number>(hash));
        const fresh = play([...model].reverse(), new Map(), emptyMap<number>(hash));
        return JSON.stringify([...map.entries()]) === JSON.stringify([...fresh.entries()]);
      }),
    );
  });

  t.test(`with ${name}, the difference of two versions turns the one into the other, and no more`, async (t) => {
    holds(
      t,
      fc.property(operations, operations, (first, second) => {
        const model = new Map<string, number>();
        const before = play(first, model, emptyMap<number>(hash));
        const after = play(second, model, before);
        const patched = new Map(before.entries());
        let spurious = 0;
        diffMaps(before, after, (key, old, now) => {
          if (old === now || patched.get(key) !== old) spurious++;
          if (now === undefined) patched.delete(key);
          else patched.set(key, now);
        });
        return spurious === 0 && isSame(after, patched);
      }),
    );
  });
}

t.test('setting what is there and deleting what is not give the same map', async (t) => {
  const map = emptyMap<number>().set('a', 1);
  t.equal(map.set('a', 1), map);
  t.equal(map.delete('b'), map);
  t.equal(map.set('a', 2).get('a'), 2);
  t.equal(map.get('a'), 1, 'the old version is as it was');
});

t.test('a large map holds all, and its versions differ where they differ', async (t) => {
  let map = emptyMap<number>();
  for (let i = 0; i < 20_000; i++) map = map.set(`shop/web-${i}`, i);
  t.equal(map.size, 20_000);
  t.equal(map.get('shop/web-19999'), 19_999);
  const visited: string[] = [];
  diffMaps(map, map.set('shop/web-5', -5).delete('shop/web-6').set('new', 1), (key) => visited.push(key));
  t.same(visited.sort(), ['new', 'shop/web-5', 'shop/web-6']);
});

t.test('a map of another making is not compared', async (t) => {
  const foreign: PersistentMap<number> = { ...emptyMap<number>(), size: 0 };
  t.throws(() => diffMaps(foreign, emptyMap<number>(), () => {}), TypeError);
});

function play(
  list: readonly Operation[],
  model: Map<string, number>,
  from: PersistentMap<number>,
): PersistentMap<number> {
  let map = from;
  for (const [key, value] of list) {
    if (value === undefined) model.delete(key);
    else model.set(key, value);
    map = value === undefined ? map.delete(key) : map.set(key, value);
  }
  return map;
}

function isSame(map: PersistentMap<number>, model: ReadonlyMap<string, number>): boolean {
  const entries = [...map.entries()];
  const values = [...map.values()];
  return (
    map.size === model.size &&
    entries.length === model.size &&
    entries.every(([key, value], index) => model.get(key) === value && values[index] === value) &&
    [...model].every(([key, value]) => map.get(key) === value && map.has(key)) &&
    !map.has('absent-key')
  );
}
