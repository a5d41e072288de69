import t from 'tap';
import { formatNumber, metricHeader, sampleHead, sampleLine } from '../../src/observability/exposition.ts';

t.test('help is one line', async (t) => {
  t.equal(metricHeader('x', 'a\\b\nc "d"', 'gauge'), '# HELP x a\\\\b\\nc "d"\n# TYPE x gauge\n');
});

t.test('label values are escaped, and there are no braces without labels', async (t) => {
  t.equal(sampleHead('x', ['l', 'm'], ['a\\b\n"c"', '']), 'x{l="a\\\\b\\n\\"c\\"",m=""}');
  t.equal(sampleLine('x', [], [], 2), 'x 2\n');
});

t.test('values that are no numbers have their own words', async (t) => {
  const words = { NaN: Number.NaN, '+Inf': Number.POSITIVE_INFINITY, '-Inf': Number.NEGATIVE_INFINITY, '1e+21': 1e21 };
  for (const [word, value] of Object.entries(words)) t.equal(formatNumber(value), word);
});
