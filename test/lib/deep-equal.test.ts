import fc from 'fast-check';
import t from 'tap';
import { deepEqual, keepEqual } from '../../src/lib/deep-equal.ts';
import { holds } from '../fixtures/property.ts';

t.test('values of JSON are equal exactly when their texts are', async (t) => {
  const value = fc.jsonValue({ maxDepth: 3 });
  holds(
    t,
    fc.property(value, (one) => deepEqual(one, structuredClone(one))),
  );
  holds(
    t,
    fc.property(value, value, (one, other) => {
      const canonical = (entry: unknown): string => JSON.stringify(sortKeys(entry));
      return deepEqual(one, other) === (canonical(one) === canonical(other));
    }),
  );
});

const UNEQUAL: readonly (readonly [name: string, a: unknown, b: unknown])[] = [
  ['a list and an object', [], {}],
  ['null and an object', null, {}],
  ['an absent field and one that is undefined', {}, { a: undefined }],
  ['bytes that differ', new Uint8Array([1, 2]), new Uint8Array([1, 3])],
  ['lists of different length', [1], [1, 2]],
  ['fields of different names', { a: 1 }, { b: 1 }],
  ['an own __proto__ and none', JSON.parse('{"__proto__": 1}'), {}],
];

for (const [name, a, b] of UNEQUAL) {
  t.test(`${name} are not equal`, async (t) => {
    t.notOk(deepEqual(a, b));
    t.notOk(deepEqual(b, a));
  });
}

t.test('the old object is kept where the new one equals it', async (t) => {
  const before = { bytes: new Uint8Array([1]), list: [{ a: 1 }] };
  t.equal(keepEqual(before, structuredClone(before)), before);
  const after = { bytes: new Uint8Array([2]), list: [{ a: 1 }] };
  t.equal(keepEqual(before, after), after);
  t.equal(keepEqual(undefined, after), after);
});

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 'minus zero' : value;
  return Object.entries(value)
    .map(([key, entry]) => [key, sortKeys(entry)])
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
}
