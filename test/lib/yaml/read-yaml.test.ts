import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import t from 'tap';
import { LineCounter, parse, parseDocument } from 'yaml';
import { readYaml, type YamlUse } from '../../../src/lib/yaml/read-yaml.ts';
import { holds } from '../../fixtures/property.ts';

const read = (text: string, use: YamlUse = 'strict') => [...readYaml(text, use)];

/** What is read, or "line: fault". */
const outcomes = (text: string, use: YamlUse = 'strict'): unknown[] =>
  read(text, use).map((found) => ('fault' in found ? `${found.line}: ${found.fault}` : found.value));

t.test('a text has the value that the core schema of YAML 1.2 gives it, as another parser reads it too', (t) => {
  const same: readonly [string, string, unknown][] = [
    ['words of YAML 1.1 stay words', 'a: [yes, no, on, off, y, n]', { a: ['yes', 'no', 'on', 'off', 'y', 'n'] }],
    ['booleans', '[true, False, TRUE]', [true, false, true]],
    ['null in all its forms', '[null, ~, Null, NULL]\n', [null, null, null, null]],
    ['an empty value', 'a:\nb: 1', { a: null, b: 1 }],
    ['whole numbers', '[0, -1, +1, 080, 0x1F, 0o17]', [0, -1, 1, 80, 31, 15]],
    ['other numbers', '[1.5, .5, 1., 1e3, -.inf]', [1.5, 0.5, 1, 1000, Number.NEGATIVE_INFINITY]],
    ['numbers of YAML 1.1 stay texts', '[1_000, 0b1, 12:30, 1:2:3]', ['1_000', '0b1', '12:30', '1:2:3']],
    ['times stay texts', '[2026-01-02, 2026-01-02T03:04:05Z]', ['2026-01-02', '2026-01-02T03:04:05Z']],
    ['addresses', '[127.0.0.1:80, "[::1]:80", 10.0.0.0/8, 1.2.3]', ['127.0.0.1:80', '[::1]:80', '10.0.0.0/8', '1.2.3']],
    ['quoted texts', `["a\\n\\u0041", 'it''s', "1"]`, ['a\nA', "it's", '1']],
    ['texts over several lines', 'a: |\n  x\n   y\nb: >-\n  x\n  y\nc: x\n  y\n', { a: 'x\n y\n', b: 'x y', c: 'x y' }],
    ['keys are texts', '1: a\ntrue: b\n"q": c', { 1: 'a', true: 'b', q: 'c' }],
    ['anchors and aliases', 'a: &x [1, 2]\nb: *x', { a: [1, 2], b: [1, 2] }],
    ['tags of YAML 1.2', '[!!str 1, !!int "2", !!map {a: !!seq [b]}]', ['1', 2, { a: ['b'] }]],
    ['JSON with tabs', '{\n\t"a": [1,\n\t2],\n\t"b": {}\n}', { a: [1, 2], b: {} }],
    ['line ends of Windows', 'a: 1\r\nb:\r\n  - x\r\n  - y\r\n', { a: 1, b: ['x', 'y'] }],
    ['a byte order mark', '\uFEFFa: 1\n', { a: 1 }],
    ['comments', '# one\na: b#c # two\n# three\n', { a: 'b#c' }],
    ['a directive and the marks of a document', '%YAML 1.2\n# c\n---\na: 1\n...\n', { a: 1 }],
    ['a text', 'hello', 'hello'],
  ];
  for (const [name, text, expected] of same) {
    t.strictSame(outcomes(text), [expected], name);
    t.strictSame(parse(text), expected, `${name}, read by another`);
  }
  t.end();
});

t.test('keys of objects are harmless', (t) => {
  const [value] = outcomes('__proto__: {polluted: true}\nconstructor: 1\n');
  t.same(Object.entries(value ?? {}), [
    ['__proto__', { polluted: true }],
    ['constructor', 1],
  ]);
  t.equal(Object.getPrototypeOf(value), Object.prototype);
  t.end();
});

const OPEN = 'deficient indentation: expected brackets and quotes to be closed, and what is in them to be indented';

t.test('a stream has a value for each document, and a fault spoils its own alone', (t) => {
  const cases: readonly [string, string, readonly unknown[]][] = [
    ['nothing', '', []],
    ['comments', '# a\n\n# b\n', []],
    ['an empty document', '---\n', [null]],
    ['two', 'a: 1\n---\nb: 2\n', [{ a: 1 }, { b: 2 }]],
    ['empty ones between', '# c\n---\na\n---\n---\nb\n', ['a', null, 'b']],
    ['on the line of the mark', '--- a\n--- [b]\n', ['a', ['b']]],
    ['ended, and going on without a mark', 'a\n...\n# c\nb\n...\n', ['a', 'b']],
    ['directives of the second', 'a\n...\n%TAG !e! tag:yaml.org,2002:\n---\n!e!str 1\n', ['a', '1']],
    ['a byte order mark each', '\uFEFFa\n---\nb\n\uFEFF---\nc\n', ['a', 'b', 'c']],
    ['a fault before a byte order mark', 'b: [\n\uFEFF---\nc\n', [`2: ${OPEN}`, 'c']],
    ['no mark', 'a: "--- b"\nc: |\n  ---\n---d: 1\n', [{ a: '--- b', c: '---\n', '---d': 1 }]],
    ['a fault in the middle', 'a\n---\nb: [\n---\nc\n', ['a', `4: ${OPEN}`, 'c']],
    ['lines of Windows, and of long ago', 'a\r\n---\r\nb\r---\rc: [\r', ['a', 'b', `6: ${OPEN}`]],
  ];
  for (const [name, text, expected] of cases) t.strictSame(outcomes(text), expected, name);
  t.same(
    read('a\n...\n\n---\nb\n').map(({ line }) => line),
    [1, 3],
    'documents begin with what is before their mark',
  );
  t.end();
});

t.test('what is wrong is told with its line', (t) => {
  const cases: readonly [string, string, string][] = [
    ['a key twice', 'a: 1\nb: 2\na: 3\n', '3: key "a" is there twice: expected it once'],
    ['a quoted key twice', '{"a b": 1,\n "a b": 2}', '2: key "a b" is there twice: expected it once'],
    ['a number that is a key already', '1: a\n"1": b', '2: key "1" is there twice: expected it once'],
    ['an alias of nothing', 'a: 1\nb: *x\n', '2: unidentified alias "x": expected the anchor &x before it'],
    [
      'an alias of an earlier document',
      'a: &x 1\n---\nb: *x\n',
      '3: unidentified alias "x": expected the anchor &x before it',
    ],
    ['an alias within what it names', 'a: &x\n  - *x\n', '2: alias "x" stands within what it names'],
    ['one that was something else before', 'a: &x 1\nb: &x [*x]\n', '2: alias "x" stands within what it names'],
    ['a tab', 'a:\n\tb: 1\n', '2: tab characters must not be used in indentation: expected spaces'],
    ['an unknown tag', 'a: 1\nb: !Ref x\n', '2: unknown scalar tag !<!Ref>'],
    [
      'a key that is no text',
      '? [a]\n: b',
      '1: object-based map does not support complex keys: expected a text as the key',
    ],
    ['a byte of zero', 'a: \0', '1: null byte is not allowed in input'],
    ['too deep', '['.repeat(10_000), '1: nesting exceeded maxDepth (100)'],
  ];
  for (const [name, text, expected] of cases) t.same(outcomes(text).slice(-1), [expected], name);
  t.end();
});

t.test('aliases may stand for much, and not for everything', (t) => {
  const merged = Array.from({ length: 2_000 }, (_, index) => `- {<<: *base, name: a${index}}\n`).join('');
  const [items] = outcomes(`- &base {x: 1, y: [2, 3]}\n${merged}`, 'kubernetes');
  t.match(items, { 2000: { x: 1, y: [2, 3], name: 'a1999' } });
  const laughs = Array.from({ length: 9 }, (_, i) => `- &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]\n`).join('');
  t.same(outcomes(`- &a0 [x]\n${laughs}`), ['6: aliases stand for too much: expected 100000 values at most']);
  t.end();
});

t.test('for Kubernetes merge keys merge and unknown tags say nothing, elsewhere they do not', (t) => {
  const merge = 'a: &a {x: 1, y: 1}\nb: {y: 2, <<: *a}\nc:\n  <<: [*a, {z: 3}]\n';
  t.strictSame(outcomes(merge, 'kubernetes'), [{ a: { x: 1, y: 1 }, b: { y: 2, x: 1 }, c: { x: 1, y: 1, z: 3 } }]);
  t.match(outcomes(merge), [{ b: { y: 2, '<<': { x: 1 } } }]);
  const tags = 'a: !Ref b\nc: !x {d: 1}\ne: !y [2026-01-02]\nf: !!binary aGk=\ng: !!timestamp 2026-01-02\n';
  t.strictSame(outcomes(tags, 'kubernetes'), [{ a: 'b', c: { d: 1 }, e: ['2026-01-02'], f: 'aGk=', g: '2026-01-02' }]);
  t.end();
});

t.test('the line of a field is that of its value, of its key where that is asked for, or of what is nearest', (t) => {
  const text = [
    '# a comment',
    'a:',
    '  b: 1',
    '  "c d":',
    '    long',
    'list:',
    '  - x: 1',
    '    y: |',
    '      text',
    '  # a comment',
    '  -',
    '  - # nothing',
    '',
    '  - - z',
    'e:',
    'f: {g: [1,',
    '  2]}',
    'h: &h',
    '  i: 1',
    'j: *h',
    '',
  ].join('\n');
  const [document] = read(`first\n---\n${text}`).slice(1);
  const cases: readonly [(string | number)[], 'key' | 'value', number][] = [
    [[], 'value', 1],
    [['a'], 'key', 2],
    [['a'], 'value', 3],
    [['a', 'b'], 'value', 3],
    [['a', 'c d'], 'key', 4],
    [['a', 'c d'], 'value', 5],
    [['a', 'missing'], 'key', 3],
    [['a', 'c d', 'deeper'], 'value', 5],
    [['list'], 'value', 7],
    [['list', 0, 'y'], 'value', 8],
    [['list', 1], 'value', 11],
    [['list', 2], 'value', 12],
    [['list', 3, 0], 'value', 14],
    [['list', 4], 'value', 7],
    [['e'], 'value', 15],
    [['f', 'g', 1], 'value', 17],
    [['h', 'i'], 'value', 19],
    [['j', 'i'], 'value', 20],
  ];
  for (const [path, part, line] of cases) {
    const found = document && 'lineOf' in document ? document.lineOf(path, part) : undefined;
    // A document's first line is the one of its mark here, and the text's second of two lines before.
    t.equal(found, line === 1 ? 4 : line + 2, `${path.join('.')} ${part}`);
  }
  t.end();
});

t.test('values are those of another parser, and so are the lines of all fields', (t) => {
  const counts = { same: 0, lines: 0 };
  const property = fc.property(documents(), (text) => {
    const lines = new LineCounter();
    const other = parseDocument(text, { lineCounter: lines, prettyErrors: false });
    const [found] = read(text);
    const isWrong = other.errors.length + other.warnings.length > 0;
    // What counts as an alias too many differs.
    if (found === undefined || 'fault' in found) return isWrong || /alias/.test(found?.fault ?? 'alias');
    const value: unknown = other.toJS();
    counts.same += 1;
    for (const path of pathsOf(value)) {
      const node: unknown = path.length === 0 ? other.contents : other.getIn(path, true);
      const [offset] = isRanged(node) ? node.range : [];
      if (offset === undefined) continue;
      counts.lines += 1;
      if (found.lineOf(path) !== lines.linePos(offset).line) return false;
    }
    return !isWrong && isDeepStrictEqual(found.value, value);
  });
  holds(t, property, 1500);
  t.ok(counts.same > 400 && counts.lines > 4000, `${counts.same} texts without a fault, ${counts.lines} fields`);
  t.end();
});

/** Texts of all sorts, some of them no YAML. */
function documents(): fc.Arbitrary<string> {
  const scalar = fc.constantFrom(
    ...['a', 'svc/web:http', '80', '080', '0x1F', '1e3', '-1', '.5', '1_000', '12:30', '127.0.0.1:80', '"x y"', "'#'"],
    ...['""', 'True', 'NULL', '~', 'no', 'a:', ':a', 'a#b', 'a #b', '- a', '-a', '*x', '&x b', '&x {p: [1]}', '[1, 2]'],
    ...[
      '{a: b}',
      '|\n      text\n      more',
      '>-\n      text',
      '"a\n        b"',
      'plain\n        more',
      '!!str 1',
      '-0',
    ],
    ...['%a', '@a', '', '', '!x a', '{a, b: c}', '\ta', '<<', '=', '.', '0x', 'a: b', '9999999999999999999', '.nan'],
  );
  const key = fc.constantFrom('target', 'port', 'a', 'b', 'c', 'constructor', '__proto__', '"q"', 'x-y', "'s'", '<<');
  const filler = fc.constantFrom('', '', '', '# c\n', '\n', '    # c\n', ' \n');
  const pair = fc.tuple(key, scalar).map(([name, value]) => `${name}: ${value}\n`);
  const odd = fc.constantFrom('\n', '# c\n', '- x\n', '[1,\n     2]\n', '&x\n    a: 1\n');
  const entry = fc
    .tuple(
      fc.oneof({ weight: 5, arbitrary: pair }, { weight: 1, arbitrary: odd }),
      fc.array(fc.tuple(filler, pair), { maxLength: 2 }),
    )
    .map(([first, more]) => `  - ${first}${more.map(([blank, each]) => `${blank}    ${each}`).join('')}`);
  return fc
    .tuple(
      fc.constantFrom('', '', '---\n', '# c\n\n', '\uFEFF', '%YAML 1.2\n---\n'),
      fc.array(pair, { maxLength: 2 }),
      fc.array(entry, { maxLength: 3 }),
      fc.array(pair, { maxLength: 2 }),
      fc.constantFrom('\n', '\r\n'),
    )
    .map(([head, before, list, after, end]) => {
      return `${head}${before.join('')}lanes:\n${list.join('')}${after.join('')}`.replaceAll('\n', end);
    });
}

function pathsOf(value: unknown, path: readonly (string | number)[] = []): readonly (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [[...path]];
  const inner = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [[...path], ...inner.flatMap(([key, each]) => pathsOf(each, [...path, key]))];
}

function isRanged(node: unknown): node is { readonly range: readonly number[] } & object {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range);
}
