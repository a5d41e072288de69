import t from 'tap';
import { formatAge, formatTable } from '../../src/cli/print-table.ts';

const PAGE = new URL('../../src/admin/ui/format.js', import.meta.url).href;

t.test('an age has its two largest units, and is the same on the page', async (t) => {
  const cases: readonly [number, string][] = [
    [-1, '0s'],
    [0, '0s'],
    [59.9, '59s'],
    [60, '1m00s'],
    [72, '1m12s'],
    [312, '5m12s'],
    [3_599, '59m59s'],
    [3_600, '1h00m'],
    [7_440, '2h04m'],
    [86_399, '23h59m'],
    [86_400, '1d'],
    [4 * 86_400 + 5, '4d'],
    [1_000 * 86_400, '1000d'],
  ];
  const page = await import(PAGE);
  for (const [seconds, text] of cases) {
    t.equal(formatAge(seconds), text);
    t.equal(page.formatAge(seconds), text, `the page: ${text}`);
  }
});

t.test('columns are as wide as their widest cell, three spaces apart, and nothing is <none>', async (t) => {
  const rows = [
    ['web', ''],
    ['longer', 'x'],
  ];
  t.equal(formatTable(['NAME', 'B'], rows), 'NAME     B\nweb      <none>\nlonger   x\n');
  t.equal(formatTable([], rows), 'web      <none>\nlonger   x\n', 'without headers');
});
