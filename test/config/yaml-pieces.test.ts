import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { parse } from 'yaml';
import { parseInPieces } from '../../src/config/yaml-pieces.ts';
import { holds } from '../fixtures/property.ts';

/** So many entries are more than one piece. */
const MANY = 20;

const lanes = (entry: (index: number) => string): string =>
  Array.from({ length: MANY }, (_, index) => entry(index)).join('');

const ENTRY = lanes(
  (index) => `  - target: svc/a${index}\n    port: ${index + 1}\n    listen: 127.0.0.1:${8000 + index}\n`,
);

t.test('a long list is read in pieces, and everything has the value and the place that it has as a whole', (t) => {
  const cases: readonly [string, string][] = [
    ['lanes alone', `lanes:\n${ENTRY}`],
    ['between other keys', `mode: dev\nlanes: # many\n${ENTRY}logging:\n  level: info\n`],
    ['not indented', `lanes:\n${ENTRY.replace(/^ {2}/gm, '')}mode: dev\n`],
    ['two lists', `lanes:\n${ENTRY}services:\n${ENTRY}`],
    ['as Windows writes it', `mode: dev\nlanes:\n${ENTRY}`.replaceAll('\n', '\r\n')],
    ['no line end at the end', `lanes:\n${ENTRY}`.trimEnd()],
    [
      'comments and empty lines',
      `lanes:\n${lanes((i) => `# one\n\n  - target: svc/a${i} # two\n# three\n    port: 1\n`)}`,
    ],
    ['entries in one line', `lanes:\n${lanes((i) => `  - {target: svc/a${i}, port: http}\n`)}`],
    ['nested values', `services:\n${lanes((i) => `  - match: [a${i}]\n    limits:\n      - 1\n      - x: ~\n`)}`],
    [
      'texts over several lines',
      `lanes:\n${lanes(() => `  - a: |+\n      one\n\n      - two\n\n  - "x\n    y"\n`)}z: |+\n  x\n\n`,
    ],
    ['an empty entry', `lanes:\n  -\n${ENTRY}`],
    ['an anchor and its alias side by side', `lanes:\n${lanes((i) => `  - &n${i} {a: 1}\n  - *n${i}\n`)}`],
  ];
  for (const [name, text] of cases) {
    const read = parseInPieces(text);
    t.same(read, { value: parse(text) }, name);
    t.same(JSON.stringify(read?.value), JSON.stringify(parse(text)), `${name}: the order of keys`);
  }
  t.end();
});

t.test('what only the whole document tells is left to it', (t) => {
  const cases: readonly [string, string][] = [
    ['nothing', ''],
    ['a short list', 'lanes:\n  - target: svc/a\n'],
    ['no mapping', ENTRY],
    ['a key twice', `lanes:\n${ENTRY}lanes: []\n`],
    ['a key twice in an entry', `lanes:\n${lanes(() => '  - a: 1\n    a: 2\n')}`],
    ['an error in the rest', `lanes:\n${ENTRY}mode: [\n`],
    ['an error in an entry', `lanes:\n${ENTRY}  - a: "\n`],
    ['a line that is indented wrong', `lanes:\n${ENTRY} - a: b\n`],
    ['another document', `lanes:\n${ENTRY}---\na: b\n`],
    ['an anchor far from its alias', `lanes:\n  - &first {a: 1}\n${ENTRY}  - *first\n`],
    ['an alias in the rest', `lanes:\n  - &first {a: 1}\n${ENTRY}x: *first\n`],
    ['a directive', `%YAML 1.1\n---\nlanes:\n${lanes(() => '  - a: yes\n')}`],
    ['a tag that is unknown', `lanes:\n${lanes(() => '  - !x a\n')}`],
    ['a text that only looks like a list', `"a\nlanes:\n${lanes(() => '- b\n')}c": 1\n`],
    ['a list within a flow', `{a: 1,\nlanes:\n${lanes(() => '- b\n')}}\n`],
  ];
  for (const [name, text] of cases) t.equal(parseInPieces(text), undefined, name);
  t.end();
});

t.test('whatever is read in pieces is what a parser reads', (t) => {
  const scalar = fc.constantFrom(
    ...[
      'a',
      'svc/web',
      'svc/web:http',
      '80',
      '080',
      '0x1F',
      '1e3',
      '-1',
      '.5',
      '1_000',
      '12:30',
      '127.0.0.1:80',
      '1.2.3.4.5:6',
    ],
    ...[
      '"x y"',
      "'it''s'",
      '"\\n"',
      "'#'",
      '""',
      'true',
      'True',
      'NULL',
      '~',
      'no',
      'a:',
      ':a',
      'a#b',
      'a #b',
      '- a',
      '-a',
      '*a',
      '&a b',
    ],
    ...[
      '[1, 2]',
      '{a: b}',
      '|\n      text',
      '"[::1]:80"',
      '[::1]:80',
      'a: b',
      '!!str 1',
      '9999999999',
      '0',
      '-0',
      '%a',
      '@a',
      '',
    ],
  );
  const key = fc.constantFrom(
    'target',
    'port',
    'a',
    'true',
    'null',
    'constructor',
    '__proto__',
    '1',
    '"q"',
    'x-y',
    '? k',
  );
  const filler = fc.constantFrom('', '', '', '# c\n', '\n', '    # c\n', '\t\n', ' \n');
  const pair = fc.tuple(key, scalar).map(([name, text]) => `${name}: ${text}\n`);
  const plain = fc.tuple(fc.constantFrom('target', 'listen'), scalar).map(([name, text]) => `${name}: ${text}\n`);
  const entry = fc
    .tuple(
      fc.oneof({ weight: 4, arbitrary: plain }, { weight: 1, arbitrary: pair }),
      fc.array(fc.tuple(filler, pair), { maxLength: 2 }),
    )
    .map(([first, others]) => `  - ${first}${others.map(([blank, each]) => `${blank}    ${each}`).join('')}`);
  const simple = fc.nat(99).map((port) => `  - target: svc/web\n    port: ${port}\n`);
  const text = fc
    .tuple(
      fc.array(simple, { minLength: 9, maxLength: 12 }),
      fc.array(entry, { maxLength: 3 }),
      fc.array(pair, { maxLength: 2 }),
    )
    .map(([many, few, others]) => `mode: dev\nlanes:\n${[...many, ...few].join('')}${others.join('')}`);
  let pieces = 0;
  const property = fc.property(text, (yaml) => {
    const read = parseInPieces(yaml);
    if (read === undefined) return true;
    pieces += 1;
    return isDeepStrictEqual(read.value, parse(yaml));
  });
  holds(t, property, 1000);
  t.ok(pieces > 300, `${pieces} could be read in pieces`);
  t.end();
});
