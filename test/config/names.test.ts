import t from 'tap';
import { isLabelName, isLabelValue, isNodeName, isPort } from '../../src/config/names.ts';

t.test('names are told from mistakes', (t) => {
  const long = 'a'.repeat(64);
  const cases: readonly [(text: string) => boolean, readonly string[], readonly string[]][] = [
    [isLabelName, ['a', 'a-1', '1a', 'a'.repeat(63)], ['', 'A', '-a', 'a-', 'a.b', 'a_b', long]],
    [isNodeName, ['node-1', 'node-1.example.org'], ['', 'Node', 'a..b', '.a', 'a_b', `${'a.'.repeat(127)}aa`]],
    [isLabelValue, ['a', 'A_b.c', 'a'.repeat(63)], ['', '-a', 'a ', long]],
    [isPort, ['http', '80', '65535', 'a1'], ['', '0', '65536', 'HTTP', '-', '1-1']],
  ];
  for (const [accepts, good, bad] of cases) {
    for (const text of good) t.ok(accepts(text), `${accepts.name} takes ${JSON.stringify(text)}`);
    for (const text of bad) t.notOk(accepts(text), `${accepts.name} refuses ${JSON.stringify(text)}`);
  }
  t.ok(isPort(80));
  for (const port of [0, -1, 1.5, 65_536, Number.NaN]) t.notOk(isPort(port), String(port));
  t.end();
});
