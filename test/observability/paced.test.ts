import t from 'tap';
import { paced } from '../../src/observability/paced.ts';
import { FakeClock } from '../fixtures/balancing.ts';
import { partsOf } from '../fixtures/metrics-text.ts';

t.test('the loop turns whenever pieces have taken their time, and the text is whole', async (t) => {
  const clock = new FakeClock();
  function* pieces(): Generator<string> {
    for (const piece of ['a', 'b', '', 'c', 'd', '', '', 'e']) {
      clock.advance(0.5);
      yield piece;
    }
  }
  const seen: string[] = [];
  let turns = 0;
  for await (const text of paced(pieces(), clock)) {
    seen.push(`${text}${turns}`);
    setImmediate(() => {
      turns += 1;
    });
  }
  t.same(seen, ['ab0', 'c1', 'd2', 'e3'], 'nothing is yielded for a turn without text');
});

t.test('pieces that take no time are one text', async (t) => {
  const texts = await partsOf(paced(['a', '', 'b'], new FakeClock()));
  t.same(texts, ['ab']);
  t.same(await partsOf(paced([], new FakeClock())), []);
});
