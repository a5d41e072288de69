import t from 'tap';
import { formatJsonPath } from '../../src/cli/json-path.ts';

const DOCUMENT = {
  items: [
    { service: 'web', port: 80, 'a-b': true, tags: ['x', 'y'] },
    { service: 'api', port: 443, none: null },
  ],
};

t.test('templates give what kubectl would give', async (t) => {
  const cases: readonly [string, string][] = [
    ['{.items[0].service}', 'web'],
    ['.items[0].service', 'web'],
    ['{$.items[-1].port}', '443'],
    ['{.items[*].service}', 'web api'],
    ['{.items[*].tags[*]}', 'x y'],
    ["{.items[0]['a-b']}", 'true'],
    ['{.items[0].tags}', '["x","y"]'],
    ['{.items[1].none}{.items[7].service}{.nothing.there}', 'null'],
    ['{range .items[*]}{.service}={.port}{"\\n"}{end}', 'web=80\napi=443\n'],
    ["all: {range .items[*]}{@.service}{'\\t'}{end}.", 'all: web\tapi\t.'],
    ['{range .items[*]}{range .tags[*]}{@};{end}{end}', 'x;y;'],
    ['{"}"}', '}'],
  ];
  for (const [template, expected] of cases) t.equal(formatJsonPath(template, DOCUMENT), expected, template);
});

t.test('what is not known is a wrong use, told with what is', async (t) => {
  for (const template of ['{.items[?(@.port>80)]}', '{range .items[*]}', '{.items', '{.items[*}', '{items}']) {
    t.throws(() => formatJsonPath(template, DOCUMENT), { code: 'SVL_USAGE' }, template);
  }
});
