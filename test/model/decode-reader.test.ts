import t from 'tap';
import {
  createProblemList,
  isPort,
  readBoolean,
  readChoice,
  readList,
  readRecord,
  readRecords,
  readText,
  readTexts,
} from '../../src/model/decode-reader.ts';

t.test('absent and null are no problem', async (t) => {
  for (const raw of [{}, { a: null }]) {
    const list = createProblemList();
    t.same(readRecord(raw, 'a', '', list), {});
    t.same(readList(raw, 'a', '', list), []);
    t.same(readRecords(raw, 'a', '', list), []);
    t.same(readTexts(raw, 'a', '', list), []);
    t.equal(readText(raw, 'a', '', list), undefined);
    t.equal(readBoolean(raw, 'a', '', list, true), true);
    t.equal(readChoice(raw, 'a', '', list, ['x', 'y']), 'x');
    t.same(list.problems, []);
  }
});

t.test('what is of the wrong type is reported by its path and counts as absent', async (t) => {
  const list = createProblemList();
  const raw = { a: 5, b: [5, { c: 1 }] };
  readRecord(raw, 'a', 'spec', list);
  readList(raw, 'a', 'spec', list);
  readText(raw, 'a', 'spec', list);
  readBoolean(raw, 'a', '', list, false);
  readChoice({ a: 'z' }, 'a', '', list, ['x']);
  t.same(readRecords(raw, 'b', 'spec', list), [{ index: 1, path: 'spec.b[1]', entry: { c: 1 } }]);
  t.same(readTexts({ b: ['q', 7] }, 'b', 'spec', list), [{ path: 'spec.b[0]', text: 'q', index: 0 }]);
  t.same(
    list.problems.map(({ path }) => path),
    ['spec.a', 'spec.a', 'spec.a', 'a', 'a', 'spec.b[0]', 'spec.b[1]'],
  );
});

t.test('a port is a whole number from 1 to 65535', async (t) => {
  for (const port of [1, 80, 65_535]) t.ok(isPort(port));
  for (const port of [0, -1, 65_536, 1.5, Number.NaN, '80', null, undefined]) t.notOk(isPort(port));
});
