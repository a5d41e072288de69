import t from 'tap';
import { MetricFamily } from '../../src/observability/metric-family.ts';
import { GONE_FOR_MS, SeriesGroup, SeriesGroups } from '../../src/observability/series-groups.ts';

function setUp() {
  const family = new MetricFamily({ name: 'x', help: 'h', type: 'counter', labels: ['a', 'b'] });
  const groups = new SeriesGroups((labels) => new SeriesGroup(labels));
  const there = new Set<string>();
  const sweep = (nowMs: number) => [...groups.sweep(nowMs, ([name = '']) => there.has(name))];
  return { family, groups, there, sweep };
}

t.test('the series of a thing go a while after it, and those of others stay', async (t) => {
  const { family, groups, there, sweep } = setUp();
  for (const name of ['gone', 'kept']) for (const more of ['1', '2']) groups.of([name]).series(family, more).value = 7;
  there.add('kept');
  const first = groups.of(['gone']);
  sweep(100);
  sweep(99 + GONE_FOR_MS);
  t.match(family.render(), 'x{a="gone",b="2"} 7\n', 'not before its time');
  sweep(100 + GONE_FOR_MS);
  t.equal(family.render().replace(/^#.*\n/gm, ''), 'x{a="kept",b="1"} 7\nx{a="kept",b="2"} 7\n');
  t.ok(first.isDropped);
  t.not(groups.of(['gone']), first);
});

t.test('what comes back in time goes on counting', async (t) => {
  const { family, groups, there, sweep } = setUp();
  groups.of(['a']).series(family, '1').value = 7;
  sweep(0);
  there.add('a');
  sweep(GONE_FOR_MS);
  there.delete('a');
  sweep(GONE_FOR_MS + 1);
  t.match(family.render(), 'x{a="a",b="1"} 7\n');
});

t.test('what is in use stays', async (t) => {
  const { family, groups, sweep } = setUp();
  const group = groups.of(['a']);
  group.series(family, '1').value = 7;
  group.users = 1;
  for (const nowMs of [0, GONE_FOR_MS, 2 * GONE_FOR_MS]) sweep(nowMs);
  t.match(family.render(), 'x{a="a",b="1"} 7\n');
  group.users = 0;
  for (const nowMs of [2 * GONE_FOR_MS, 3 * GONE_FOR_MS]) sweep(nowMs);
  t.equal(family.render(), '');
});

t.test('a sweep of many lets others go on', async (t) => {
  const { groups, sweep } = setUp();
  for (let i = 0; i < 2000; i++) groups.of([String(i)]);
  t.ok(sweep(0).length >= 4);
});
