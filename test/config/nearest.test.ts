import t from 'tap';
import { nearest, nearestNames } from '../../src/config/nearest.ts';

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

t.test('letters that changed places are one mistake', (t) => {
  t.equal(nearest('wbe', ['api', 'web']), 'web');
  t.equal(nearest('ewb', ['api', 'web']), 'web');
  t.equal(nearest('bew', ['api', 'web']), undefined);
  t.end();
});

t.test('several names may be meant: the nearest first, then longer ones', (t) => {
  const names = ['api', 'my-web', 'web', 'web-admin', 'wed'];
  t.same(nearestNames('wef', names, 9), ['web', 'wed']);
  t.same(nearestNames('web', names, 9), ['web', 'wed', 'my-web', 'web-admin']);
  t.same(nearestNames('web', names, 2), ['web', 'wed']);
  t.same(nearestNames('we', ['we-are-long', 'web'], 9), ['web'], 'two letters are part of too much');
  t.end();
});
