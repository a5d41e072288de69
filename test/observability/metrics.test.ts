import t from 'tap';
import { Histogram, MetricFamily } from '../../src/observability/metrics.ts';

t.test('a family without labels is there from the start', (t) => {
  const family = new MetricFamily({ name: 'x_total', help: 'what it is', type: 'counter' });
  family.with().value += 2;
  t.equal(family.render(), '# HELP x_total what it is\n# TYPE x_total counter\nx_total 2\n');
  t.end();
});

t.test('a family with labels appears with its first series', (t) => {
  const family = new MetricFamily({ name: 'x', help: 'h', type: 'gauge', labels: ['a', 'b'] });
  t.equal(family.render(), '');
  family.with('1', '2').value = 0.5;
  family.with('1', '2').value += 1;
  t.equal(family.render(), '# HELP x h\n# TYPE x gauge\nx{a="1",b="2"} 1.5\n');
  t.end();
});

t.test('help and label values are escaped', (t) => {
  const family = new MetricFamily({ name: 'x', help: 'a\\b\nc "d"', type: 'gauge', labels: ['l'] });
  family.with('a\\b\n"c"');
  t.equal(family.render(), '# HELP x a\\\\b\\nc "d"\n# TYPE x gauge\nx{l="a\\\\b\\n\\"c\\""} 0\n');
  t.end();
});

t.test('values that are no numbers have their own words', (t) => {
  const family = new MetricFamily({ name: 'x', help: 'h', type: 'gauge', labels: ['l'] });
  const words = { NaN: Number.NaN, '+Inf': Number.POSITIVE_INFINITY, '-Inf': Number.NEGATIVE_INFINITY, '1e+21': 1e21 };
  for (const [word, value] of Object.entries(words)) family.with(word).value = value;
  for (const word of Object.keys(words)) t.match(family.render(), `x{l="${word}"} ${word}\n`);
  t.end();
});

t.test('series beyond the cap share one, and dropped ones make room', (t) => {
  const family = new MetricFamily({ name: 'x', help: 'h', type: 'counter', labels: ['a', 'b'], maxSeries: 2 });
  for (const name of ['1', '2', '3', '4', '1']) family.with(name, 'p').value++;
  t.match(family.render(), 'x{a="1",b="p"} 2\nx{a="2",b="p"} 1\nx{a="other",b="other"} 2\n');
  family.drop(([a]) => a === '1' || a === 'other');
  family.with('5', 'p').value++;
  t.match(family.render(), 'counter\nx{a="2",b="p"} 1\nx{a="5",b="p"} 1\n');
  t.end();
});

t.test('a histogram has cumulative buckets, sum and count', (t) => {
  const histogram = new Histogram({ name: 'h', help: 'x', buckets: [0.1, 1] });
  for (const value of [0.1, 0.5, 5]) histogram.observe(value);
  t.equal(
    histogram.render(),
    '# HELP h x\n# TYPE h histogram\nh_bucket{le="0.1"} 1\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 3\nh_sum 5.6\nh_count 3\n',
  );
  t.end();
});

t.test('a histogram can be shown under several labels', (t) => {
  const histogram = new Histogram({ name: 'h', help: 'x', buckets: [1], shownAs: [{ f: 'a' }, { f: 'b' }] });
  histogram.observe(2);
  t.match(
    histogram.render(),
    'h_bucket{f="a",le="1"} 0\nh_bucket{f="a",le="+Inf"} 1\nh_sum{f="a"} 2\nh_count{f="a"} 1\n',
  );
  t.match(histogram.render(), 'h_count{f="b"} 1\n');
  t.end();
});
