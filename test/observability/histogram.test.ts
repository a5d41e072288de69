import t from 'tap';
import { Histogram } from '../../src/observability/histogram.ts';

t.test('a histogram has cumulative buckets, sum and count', async (t) => {
  const histogram = new Histogram({ name: 'h', help: 'x', buckets: [0.1, 1] });
  for (const value of [0.1, 0.5, 5]) histogram.observe(value);
  t.equal(
    histogram.render(),
    '# HELP h x\n# TYPE h histogram\nh_bucket{le="0.1"} 1\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 3\nh_sum 5.6\nh_count 3\n',
  );
});

t.test('a histogram can be shown under several labels', async (t) => {
  const histogram = new Histogram({ name: 'h', help: 'x', buckets: [1], shownAs: [{ f: 'a' }, { f: 'b' }] });
  histogram.observe(2);
  t.match(
    histogram.render(),
    'h_bucket{f="a",le="1"} 0\nh_bucket{f="a",le="+Inf"} 1\nh_sum{f="a"} 2\nh_count{f="a"} 1\n',
  );
  t.match(histogram.render(), 'h_count{f="b"} 1\n');
});
