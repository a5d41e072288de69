import t from 'tap';
import { lentName, parseLentName } from '../../../src/proxy/workers/lent-names.ts';

t.test('a name tells whose socket it is, and where its first one is', async (t) => {
  const cases: readonly [string, number][] = [
    ['TCP 10.0.0.1:80', 1],
    ['TCP [fd00::1]:80', 12],
    ['TCP 127.0.0.1:0 default/web:http/TCP', 1],
  ];
  for (const [first, worker] of cases) {
    t.same(parseLentName(lentName(first, worker)), { first, worker });
    t.same(parseLentName(lentName(`${first} +3`, worker)), { first, worker });
  }
  for (const name of ['TCP 10.0.0.1:80', 'TCP 10.0.0.1:80 +1', '']) t.equal(parseLentName(name), undefined, name);
});
