import t from 'tap';
import { formatJournal, formatText } from '../../src/observability/log-format.ts';

t.test('values are quoted where they would be misread', (t) => {
  const cases: readonly [unknown, string][] = [
    ['plain-1.2:3/x', 'plain-1.2:3/x'],
    ['', '""'],
    ['two words', '"two words"'],
    ['a=b', '"a=b"'],
    ['say "hi"', '"say \\"hi\\""'],
    ['line\nfeed', '"line\\nfeed"'],
    ['esc\u001b[31m', '"esc\\u001b[31m"'],
    ['c1\u009b', '"c1\\u009b"'],
    ['rtl\u202e', '"rtl\\u202e"'],
    ['ls\u2028', '"ls\\u2028"'],
    ['größe', 'größe'],
    [5, '5'],
    [false, 'false'],
    [null, 'null'],
    [['a', 1], '["a",1]'],
  ];
  for (const [value, expected] of cases) {
    t.equal(formatJournal(JSON.stringify({ level: 'info', key: value, msg: 'm' })), `<6>m  key=${expected}\n`);
  }
  t.end();
});

t.test('a message stays one line', (t) => {
  t.equal(formatText(JSON.stringify({ level: 'info', ts: 'T', msg: 'a\nb\u001b' })), 'T INFO  a\\u000ab\\u001b\n');
  t.end();
});

t.test('each level has its priority', (t) => {
  const priorities = { trace: 7, debug: 7, info: 6, warn: 4, error: 3, fatal: 2, other: 6 };
  for (const [level, priority] of Object.entries(priorities)) {
    t.equal(formatJournal(JSON.stringify({ level, msg: 'm' })), `<${priority}>m\n`);
  }
  t.end();
});

t.test('what is no JSON line is shown as it is', (t) => {
  t.equal(formatJournal('torn {'), '<6>torn {\n');
  t.equal(formatJournal('null'), '<6>null\n');
  t.end();
});
