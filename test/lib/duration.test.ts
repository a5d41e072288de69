import fc from 'fast-check';
import t from 'tap';
import { formatDuration, parseDuration } from '../../src/lib/duration.ts';

t.test('a duration is read as Go reads it, in whole milliseconds', (t) => {
  const cases: readonly [string, number | undefined][] = [
    ['250ms', 250],
    ['2s', 2000],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['.5s', 500],
    ['1.s', 1000],
    ['0', 0],
    ['0s', 0],
    ['1500us', 2],
    ['1500µs', 2],
    ['999ns', 0],
    ['1h1h', 7_200_000],
    ['', undefined],
    ['5', undefined],
    ['s', undefined],
    ['.s', undefined],
    ['-1s', undefined],
    ['+1s', undefined],
    ['1 s', undefined],
    ['1s ', undefined],
    ['1d', undefined],
    ['1S', undefined],
    ['1e3s', undefined],
  ];
  for (const [text, ms] of cases) t.equal(parseDuration(text), ms, JSON.stringify(text));
  t.end();
});

t.test('a duration is written in its largest units', (t) => {
  const cases: readonly [number, string][] = [
    [0, '0s'],
    [250, '250ms'],
    [1500, '1s500ms'],
    [90_000, '1m30s'],
    [86_400_000, '24h'],
  ];
  for (const [ms, text] of cases) t.equal(formatDuration(ms), text);
  t.end();
});

t.test('what is written is read back as the same time', (t) => {
  fc.assert(fc.property(fc.nat(), (ms) => parseDuration(formatDuration(ms)) === ms));
  t.end();
});
