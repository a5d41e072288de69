import t from 'tap';
import { configOf, problemLines, problemsOf } from '../fixtures/config.ts';

const EMPTY =
  'c.yaml:1: expected a mapping that begins with "apiVersion: svclane.dev/v1alpha1" and "kind: ProxyConfiguration"';

t.test('a text that is no configuration file is told as what it is', (t) => {
  const cases: readonly [string, string, readonly string[]][] = [
    ['empty', '', [EMPTY]],
    ['only comments', '# nothing\n', [EMPTY]],
    ['a list', '- a', [EMPTY]],
    ['a key twice', 'a: 1\na: 2', ['c.yaml:2: key "a" is there twice: expected it once']],
    ['two documents', 'a: 1\n---\nb: 2', ['c.yaml:2: expected one YAML document, not several']],
    ['an alias of nothing', 'x: *y', ['c.yaml:1: unidentified alias "y": expected the anchor &y before it']],
    [
      'no header',
      'mode: dev',
      [
        'c.yaml:1: apiVersion: is missing: expected svclane.dev/v1alpha1',
        'c.yaml:1: kind: is missing: expected one of ProxyConfiguration, Lanes',
      ],
    ],
    [
      'another header',
      'apiVersion: v1\nkind: Lane',
      [
        'c.yaml:1: apiVersion: expected svclane.dev/v1alpha1, not "v1"',
        'c.yaml:2: kind: expected one of ProxyConfiguration, Lanes, not "Lane": did you mean Lanes?',
      ],
    ],
  ];
  for (const [name, text, expected] of cases) t.same(problemLines({ file: { path: 'c.yaml', text } }), expected, name);
  t.end();
});

t.test('aliases that multiply are refused', (t) => {
  const levels = Array.from({ length: 9 }, (_, i) => `${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`);
  const lines = problemLines({ file: { path: 'c.yaml', text: `0: &a0 [x]\n${levels.join('\n')}` } });
  t.match(lines, [/^c.yaml:6: aliases stand for too much/]);
  t.end();
});

t.test('a problem has the line of its key, or of its value where that is to blame', (t) => {
  const body = 'logging:\n  level:\n    loud\n  forms:\n    json\n';
  t.match(problemsOf({ body }), [
    { path: 'logging.level', line: 5 },
    { path: 'logging.forms', line: 6 },
  ]);
  t.end();
});

t.test('relative paths start from the folder of the file, absolute ones stay', (t) => {
  const text = (source: string) =>
    `apiVersion: svclane.dev/v1alpha1\nkind: ProxyConfiguration\nsource: file:${source}\n`;
  const cases = [
    ['config/demo.yaml', 'demo', 'config/demo'],
    ['/etc/svclane/c.yaml', '../x', '/etc/svclane/../x'],
    ['c.yaml', './x', './x'],
    ['a/c.yaml', './x', 'a/x'],
    ['config/demo.yaml', '/abs', '/abs'],
  ] as const;
  for (const [path, source, expected] of cases) {
    t.same(configOf({ file: { path, text: text(source) } }).source, { type: 'manifests', path: expected });
  }
  t.end();
});

t.test('a file of kind Lanes has lanes and nothing else', (t) => {
  const text = 'apiVersion: svclane.dev/v1alpha1\nkind: Lanes\nlanes:\n- {target: "svc/a:1", listen: "127.0.0.1:1"}\n';
  t.equal(configOf({ file: { path: 'l.yaml', text } }).lanes.length, 1);
  const lines = problemLines({ file: { path: 'l.yaml', text: `${text}mode: dev\n` } });
  t.same(lines, ['l.yaml:5: mode: unknown key: known here are apiVersion, kind, lanes']);
  t.end();
});

t.test('JSON is read as well', (t) => {
  const text = '{\n\t"apiVersion": "svclane.dev/v1alpha1",\n\t"kind": "ProxyConfiguration",\n\t"mode": "node"\n}\n';
  t.equal(configOf({ file: { path: 'c.json', text } }).mode, 'node');
  t.end();
});

t.test('a file with many lanes tells a problem of one by its line', (t) => {
  const lanes = Array.from({ length: 80 }, (_, index) => {
    return `  - target: svc/a${index}\n    port: ${index === 60 ? 'A!' : 80}\n    listen: 127.0.0.1:${8000 + index}\n`;
  });
  const text = `apiVersion: svclane.dev/v1alpha1\nkind: ProxyConfiguration\nmode: dev\nlanes:\n${lanes.join('')}logging:\n  levle: info\n`;
  t.match(problemLines({ file: { path: 'c.yaml', text } }), [
    /^c\.yaml:186: lanes\[60\]\.port: expected a port name/,
    /^c\.yaml:246: logging\.levle: unknown key: did you mean level/,
  ]);
  const taken = text.replace('A!', '80').replace('levle', 'level').replace('127.0.0.1:8079', '127.0.0.1:8000');
  t.match(problemLines({ file: { path: 'c.yaml', text: taken } }), [
    /^c\.yaml:242: lanes\[79\]: .* is taken by lanes\[0\]/,
  ]);
  t.equal(
    configOf({ file: { path: 'c.yaml', text: taken.replace(/8000\nlogging/, '8079\nlogging') } }).lanes.length,
    80,
  );
  t.end();
});
