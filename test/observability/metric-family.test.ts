import t from 'tap';
import { MetricFamily, SeriesBudget } from '../../src/observability/metric-family.ts';

const COUNTER = { name: 'x', help: 'h', type: 'counter' } as const;

/** The samples alone. */
const samples = (family: MetricFamily): string => family.render().replace(/^#.*\n/gm, '');

t.test('a family without labels is there from the start', async (t) => {
  const family = new MetricFamily({ name: 'x_total', help: 'what it is', type: 'counter' });
  family.with().value += 2;
  t.equal(family.render(), '# HELP x_total what it is\n# TYPE x_total counter\nx_total 2\n');
});

t.test('a family with labels appears with its first series, or with those that it starts with', async (t) => {
  const family = new MetricFamily({ name: 'x', help: 'h', type: 'gauge', labels: ['a', 'b'] });
  t.equal(family.render(), '');
  family.with('1', '2').value = 0.5;
  family.with('1', '2').value += 1;
  t.equal(family.render(), '# HELP x h\n# TYPE x gauge\nx{a="1",b="2"} 1.5\n');
  t.equal(samples(new MetricFamily({ ...COUNTER, labels: ['a'] }).startWith('1', '2')), 'x{a="1"} 0\nx{a="2"} 0\n');
});

t.test('series beyond the cap share one, and removed ones make room', async (t) => {
  const family = new MetricFamily({ ...COUNTER, labels: ['a', 'b'], maxSeries: 2 });
  for (const name of ['1', '2', '3', '4', '1']) family.with(name, 'p').value++;
  t.equal(samples(family), 'x{a="1",b="p"} 2\nx{a="2",b="p"} 1\nx{a="other",b="other"} 2\n');
  for (const values of [
    ['1', 'p'],
    ['other', 'other'],
    ['none', 'p'],
  ])
    family.remove(values);
  for (const name of ['5', '6']) family.with(name, 'p').value++;
  t.equal(samples(family), 'x{a="2",b="p"} 1\nx{a="other",b="other"} 3\nx{a="5",b="p"} 1\n');
});

t.test('labels of few values keep them where a series is shared, and the total stays right', async (t) => {
  const family = new MetricFamily({ ...COUNTER, labels: ['a', 'result'], maxSeries: 1, sharedLabels: 1 });
  for (const name of ['1', '2', '3']) for (const result of ['ok', 'bad']) family.with(name, result).value++;
  t.equal(samples(family), 'x{a="1",result="ok"} 1\nx{a="other",result="bad"} 3\nx{a="other",result="ok"} 2\n');
});

t.test('what is really called other is the shared series, and takes no room', async (t) => {
  const family = new MetricFamily({ ...COUNTER, labels: ['a'], maxSeries: 1 });
  for (const name of ['other', '1', '2']) family.with(name).value++;
  t.equal(samples(family), 'x{a="other"} 2\nx{a="1"} 1\n');
});

t.test('families that share a budget are bounded together', async (t) => {
  const budget = new SeriesBudget(2);
  const [one, two] = [0, 1].map(() => new MetricFamily({ ...COUNTER, labels: ['a'], budget }));
  for (const name of ['1', '2']) for (const family of [one, two]) family?.with(name);
  t.equal(one && samples(one), 'x{a="1"} 0\nx{a="other"} 0\n');
  t.equal(two && samples(two), 'x{a="1"} 0\nx{a="other"} 0\n');
});

t.test('many series come in pieces of a few hundred lines', async (t) => {
  const family = new MetricFamily({ ...COUNTER, labels: ['a'], maxSeries: 5000 });
  for (let i = 0; i < 2000; i++) family.with(String(i));
  const pieces = [...family.pieces()];
  t.equal(pieces.join(''), family.render());
  t.equal(family.render().split('\n').length, 2 + 2000 + 1);
  t.ok(pieces.every((piece) => piece.split('\n').length <= 300));
});
