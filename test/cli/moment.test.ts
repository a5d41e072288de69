import t from 'tap';
import { formatMoment, parseMoment, parsePast } from '../../src/cli/moment.ts';

const NOW = new Date(2026, 5, 15, 14, 30, 0, 500);

function local(day: number, hours: number, minutes: number, seconds: number, ms = 999): string {
  return new Date(2026, 5, day, hours, minutes, seconds, ms).toISOString();
}

t.test('revisions, ages, times of day and full times are read', async (t) => {
  const cases: readonly [string, string][] = [
    ['8790', '8790'],
    ['10m', local(15, 14, 20, 0, 500)],
    ['14:02:07', local(15, 14, 2, 7)],
    ['14:02', local(15, 14, 2, 0)],
    ['14:30:00', local(15, 14, 30, 0)],
    ['14:31', local(14, 14, 31, 0)],
    ['2026-01-02T15:04:05Z', '2026-01-02T15:04:05.000Z'],
  ];
  for (const [text, expected] of cases) t.equal(parseMoment(text, NOW.getTime()), expected, text);
});

t.test('what is no time is a wrong use', async (t) => {
  for (const text of ['noon', '25:00', '14:61', '2026-13-01T00:00:00Z', '-5m', '']) {
    t.throws(() => parsePast(text, NOW.getTime()), { code: 'SVL_USAGE' }, text);
  }
});

t.test('times of today are short, others have their date', async (t) => {
  t.equal(formatMoment(local(15, 9, 5, 7), NOW.getTime()), '09:05:07');
  t.equal(formatMoment(local(14, 9, 5, 7), NOW.getTime()), '2026-06-14 09:05:07');
});
