import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import t from 'tap';
import { type Paint, PLAIN, painted, paintFor } from '../../src/cli/paint.ts';
import { formatTable } from '../../src/cli/print-table.ts';
import { tableStyle } from '../../src/cli/row-colors.ts';
import {
  AUDIT_COLORS,
  DESCRIBE_COLORS,
  DOCTOR_COLORS,
  ERROR_COLORS,
  EXPLAIN_COLORS,
  HISTORY_COLORS,
} from '../../src/cli/text-colors.ts';
import { startSvclane } from '../fixtures/svclane-process.ts';

const MARKED: Paint = (style, text) => `<${String(style)}>${text}</>`;

t.test('lines are painted by what they say', async (t) => {
  const cases: readonly [Parameters<typeof painted>[1], string, string][] = [
    [EXPLAIN_COLORS, '=> FORWARD a to b', '<green>=> FORWARD</> a to b'],
    [EXPLAIN_COLORS, '1 service     shop/web    ok', '<bold>1 service</>     shop/web   <green> ok</>'],
    [EXPLAIN_COLORS, '=> REFUSE NO_ENDPOINT: no', '<red>=> REFUSE</> <yellow>NO_ENDPOINT</>: no'],
    [EXPLAIN_COLORS, '5 conditions  1 endpoint   0 in', '<bold>5 conditions</>  1 endpoint  <red> 0 in</>'],
    [
      HISTORY_COLORS,
      '14:02:07   rev 2   a   routable 1 -> 0',
      '14:02:07   <dim>rev 2</>   a   routable 1 -> <red>0</>',
    ],
    [HISTORY_COLORS, '14:02:07   2   a   3 -> 12', '14:02:07   2   a   3 -> <green>12</>'],
    [AUDIT_COLORS, 'DRIFT   shop/web\n1 drift, 2 equal', '<red>DRIFT</>   shop/web\n<red>1 drift</>, 2 equal'],
    [AUDIT_COLORS, 'no drift, 2 equal', '<green>no drift</>, 2 equal'],
    [
      DOCTOR_COLORS,
      '[ok]    a\n[fail]  b\n1 failed, 0 w',
      '<green>[ok]</>    a\n<red>[fail]</>  b\n<red>1 failed</>, 0 w',
    ],
    [DOCTOR_COLORS, '0 failed, 0 warnings', '0 failed, 0 warnings'],
    [DESCRIBE_COLORS, 'Name:   a\n  x   not ready   y', '<bold>Name:</>   a\n  x   <yellow>not ready</>   y'],
    [ERROR_COLORS, 'error: a\nhint: b', '<red>error:</> a\n<cyan>hint:</> b'],
  ];
  for (const [rules, text, expected] of cases) {
    t.equal(painted(text, rules, MARKED), expected, text);
    t.equal(painted(text, rules, PLAIN), text);
  }
});

t.test('cells are painted by their column, and take the place that they took', async (t) => {
  const headers = ['NAME', 'STATE', 'READY'];
  const rows = [
    ['ready', 'listening', '2/2'],
    ['b', 'idle: NO_ENDPOINT', '0/2'],
    ['c', 'failed: EADDRINUSE', '1/2'],
  ];
  const plain = formatTable(headers, rows);
  const colored = formatTable(
    headers,
    rows,
    tableStyle(headers, [], (_, text) => `\u001b[1m${text}\u001b[0m`),
  );
  t.equal(stripVTControlCharacters(colored), plain);
  t.not(colored, plain);
  t.equal(
    formatTable(headers, rows, tableStyle(headers, [], MARKED)).split('\n')[1],
    'ready   <green>listening</>            <green>2/2</>',
    'a name is no state',
  );
});

t.test('a stream that is no terminal is not painted', async (t) => {
  const forced = process.env.FORCE_COLOR;
  t.teardown(() => {
    if (forced !== undefined) process.env.FORCE_COLOR = forced;
  });
  delete process.env.FORCE_COLOR;
  t.equal(paintFor(new PassThrough())('red', 'x'), 'x');
});

t.test('FORCE_COLOR paints a pipe, and --no-color beats it', async (t) => {
  const env = { FORCE_COLOR: '1', SVCLANE_HOST: 'unix:/nowhere.sock' };
  const cases: readonly [readonly string[], Readonly<Record<string, string>>, string][] = [
    [['get', 'routes'], env, '\u001b[31merror:\u001b[39m no daemon'],
    [['get', 'routes', '--no-color'], env, 'error: no daemon'],
    [['--no-color', 'get', 'routes'], env, 'error: no daemon'],
    [['get', 'routes'], { ...env, FORCE_COLOR: '0' }, 'error: no daemon'],
    [['get', 'routes'], { SVCLANE_HOST: 'unix:/nowhere.sock' }, 'error: no daemon'],
  ];
  await Promise.all(
    cases.map(async ([args, given, expected]) => {
      const svclane = startSvclane(args, { env: given });
      t.equal(await svclane.exit, 7);
      t.ok(svclane.stderr.startsWith(expected), `${args.join(' ')}: ${svclane.stderr}`);
    }),
  );
});
