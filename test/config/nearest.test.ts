import t from 'tap';
import { nearest } from '../../src/config/nearest.ts';

t.test('the nearest word is the one that was probably meant', (t) => {
  const words = ['logging', 'lanes', 'mode', 'UDP'];
  const cases: readonly [string, string | undefined][] = [
    ['loging', 'logging'],
    ['Lanes', 'lanes'],
    ['udp', 'UDP'],
    ['mod', 'mode'],
    ['history', undefined],
    ['', undefined],
    ['x'.repeat(10_000), undefined],
  ];
  for (const [word, expected] of cases) t.equal(nearest(word, words), expected, word.slice(0, 20));
  t.end();
});
