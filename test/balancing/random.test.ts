import t from 'tap';
import { pickRandom } from '../../src/balancing/random.ts';
import { endpointOf, seededRandom } from '../fixtures/balancing.ts';

const set = ['a', 'b', 'c', 'd'].map((key) => endpointOf(key));

t.test('every endpoint comes about equally often', (t) => {
  const random = seededRandom(7);
  const counts = new Map<string, number>();
  for (let turn = 0; turn < 4000; turn++) {
    const key = pickRandom(set, undefined, random)?.key ?? '';
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  t.equal(counts.size, 4);
  for (const count of counts.values()) t.ok(count > 850 && count < 1150, `${count} of 4000`);
  t.end();
});

t.test('endpoints that were tried are left out, the others stay equal', (t) => {
  const tried = new Set(['a', 'c']);
  t.equal(pickRandom(set, tried, () => 0)?.key, 'b');
  t.equal(pickRandom(set, tried, () => 0.49)?.key, 'b');
  t.equal(pickRandom(set, tried, () => 0.5)?.key, 'd');
  t.equal(pickRandom(set, tried, () => 0.999)?.key, 'd');
  t.end();
});

t.test('nobody is picked from nobody', (t) => {
  t.equal(
    pickRandom([], undefined, () => 0),
    undefined,
  );
  t.equal(
    pickRandom(set, new Set(['a', 'b', 'c', 'd']), () => 0),
    undefined,
  );
  t.end();
});
