import fc from 'fast-check';
import t from 'tap';
import { decodeObject } from '../../../src/model/decode-object.ts';
import { parseManifest } from '../../../src/source/manifests/parse-manifest.ts';
import { serviceYaml, sliceYaml } from '../../fixtures/manifests.ts';

const parse = (text: string) => parseManifest('web.yaml', text, (raw) => decodeObject(raw));

t.test('a file may have several documents, comments and empty ones among them', (t) => {
  const { objects, rejections, wrong } = parse(`# web\n---\n${serviceYaml('web')}---\n---\n${sliceYaml('web-1')}`);
  t.same(
    objects.map(({ key, where }) => `${key} ${where}`),
    ['Service/shop/web web.yaml:3 (document 1)', 'EndpointSlice/shop/web-1 web.yaml:9 (document 3)'],
  );
  t.same([rejections, wrong], [[], false]);
  t.end();
});

t.test('an empty file has no objects and is not wrong', (t) => {
  for (const text of ['', '# nothing\n', '---\n']) t.match(parse(text), { objects: [], rejections: [], wrong: false });
  t.end();
});

t.test('what is wrong is told with line, document and field', (t) => {
  const good = serviceYaml('web');
  const cases: readonly [string, string, string, string, string][] = [
    ['no YAML', `${good}---\na: [`, 'web.yaml:6 (document 2)', '', 'Manifest//web.yaml'],
    ['a text', `${good}---\nhello\n`, 'web.yaml:6 (document 2)', '', 'Manifest//web.yaml'],
    [
      'no name',
      'apiVersion: v1\nkind: Service\nmetadata:\n  namespace: shop\n',
      'web.yaml:4 (document 1)',
      'metadata.name',
      'Service/shop/',
    ],
    [
      'within a List',
      'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata:\n    name: 5\n',
      'web.yaml:7 (document 1)',
      'items[0].metadata.name',
      'Service/default/',
    ],
  ];
  for (const [name, text, where, path, object] of cases) {
    const { rejections, wrong } = parse(text);
    const [first] = rejections;
    t.equal(wrong, true, name);
    t.equal(first?.where, where, name);
    t.equal(first?.problems[0]?.path, path, name);
    t.equal(`${first?.kind}/${first?.namespace}/${first?.name}`, object, name);
  }
  t.end();
});

t.test('an object that lost a part is told, and the file is not wrong', (t) => {
  const { objects, rejections, wrong } = parse(
    'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  clusterIP: 10.96.0.1\n  ports:\n  - {name: a, port: 80}\n  - name: b\n    port: 0\n  externalIPs:\n  - nonsense\n',
  );
  t.equal(objects.length, 1);
  t.equal(wrong, false);
  const [rejection] = rejections;
  t.match(rejection, { kind: 'Service', namespace: 'default', name: 'web', skipped: false });
  const lines = rejection?.problems.map(
    ({ path, message }) => `${path} ${/\(line \d+\)$/.exec(message)?.[0] ?? rejection.where}`,
  );
  t.same(lines?.sort(), ['spec.externalIPs[0] (line 11)', 'spec.ports[1].port web.yaml:9 (document 1)']);
  t.end();
});

t.test('of one object twice in a file the later counts, and the earlier is told', (t) => {
  const { objects, rejections, wrong } = parse(
    `${serviceYaml('web')}---\n${serviceYaml('web', '{type: ExternalName, externalName: x}')}`,
  );
  t.same(
    objects.map(({ object }) => object.kind === 'Service' && object.type),
    ['ExternalName'],
  );
  t.match(rejections, [{ skipped: true, where: 'web.yaml:1 (document 1)', problems: [{ code: 'OBJECT_DUPLICATE' }] }]);
  t.equal(wrong, false);
  t.end();
});

t.test('other kinds are counted, JSON is read, and so are merge keys', (t) => {
  t.match(parse('apiVersion: apps/v1\nkind: Deployment\n'), { objects: [], rejections: [], ignored: 1, wrong: false });
  const json = '{\n\t"apiVersion": "v1",\n\t"kind": "Service",\n\t"metadata": {"name": "web"}, "spec": {}\n}\n';
  t.equal(parse(json).objects[0]?.key, 'Service/default/web');
  const merged =
    'apiVersion: v1\nkind: List\nitems:\n- &a {apiVersion: v1, kind: Service, metadata: {name: a}, spec: {}}\n- {<<: *a, metadata: {name: b}}\n';
  t.same(
    parse(merged).objects.map(({ key }) => key),
    ['Service/default/a', 'Service/default/b'],
  );
  t.end();
});

t.test('aliases that multiply are refused', (t) => {
  const levels = Array.from({ length: 9 }, (_, i) => `${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`);
  const { wrong, rejections } = parse(`0: &a0 [x]\n${levels.join('\n')}`);
  t.equal(wrong, true);
  t.match(rejections[0]?.problems[0]?.message, /alias/);
  t.end();
});

t.test('no text makes it throw', (t) => {
  const pieces = [
    'apiVersion: v1',
    'kind: Service',
    'kind: List',
    'items:',
    '- ',
    '  ',
    '\n',
    '---',
    '...',
    '&a',
    '*a',
    '[',
    '}',
    ': ',
    '!!x',
    '"',
    '\t',
    '\0',
  ];
  const texts = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string()), { maxLength: 30 });
  fc.assert(
    fc.property(texts, (parts) => Array.isArray(parse(parts.join('')).objects)),
    { numRuns: 300 },
  );
  t.end();
});
