import t from 'tap';
import { capEjections } from '../../src/balancing/ejection-cap.ts';
import { endpointOf } from '../fixtures/balancing.ts';

t.test('so many of the usable endpoints are left out, rounded down, the longest ejected first', async (t) => {
  const cases: readonly [
    name: string,
    of: string,
    ejected: string,
    quarantined: string,
    percent: number,
    avoided: string,
  ][] = [
    ['none is ejected', 'abcd', '', '', 50, ''],
    ['half of four', 'abcd', 'abc', '', 50, 'bc'],
    ['half of three', 'abc', 'abc', '', 50, 'c'],
    ['half of one', 'a', 'a', '', 50, ''],
    ['all of two', 'ab', 'ab', '', 100, 'ab'],
    ['of another set', 'ab', 'cd', '', 50, ''],
    ['quarantined ones are not usable', 'abcd', 'ab', 'cd', 50, 'b'],
    ['a quarantined one needs no ejection', 'abcd', 'ab', 'b', 50, 'a'],
  ];
  for (const [name, of, ejected, quarantined, percent, avoided] of cases) {
    const set = [...of].map((key) => endpointOf(`${key}:1`));
    const share = capEjections(set, quarantined === '' ? undefined : keysOf(quarantined), percent, (key) =>
      keysOf(ejected).has(key) ? { untilMs: key.charCodeAt(0), endpoint: endpointOf(key) } : undefined,
    );
    t.same(share.avoided, keysOf(avoided), name);
    t.equal(share.eligible, [...of].filter((key) => !quarantined.includes(key)).length, name);
  }
});

function keysOf(letters: string): ReadonlySet<string> {
  return new Set([...letters].map((letter) => `${letter}:1`));
}
