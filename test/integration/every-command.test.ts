import t from 'tap';
import { runInProcess } from '../fixtures/run-in-process.ts';

async function wordsBehind(...path: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await runInProcess(['__complete', '--', ...path, '']);
  return stdout
    .split('\n')
    .map((line) => line.split('\t')[0] ?? '')
    .filter((word) => /^[a-z]/.test(word) && word !== 'help');
}

/** Every command, by the words that lead to it; groups as well. */
async function commandsBehind(...path: readonly string[]): Promise<readonly (readonly string[])[]> {
  const isGroup = path.length === 0 || ['get', 'config'].includes(path.at(-1) ?? '');
  if (!isGroup) return [path];
  const children = await wordsBehind(...path);
  const all: (readonly string[])[] = path.length === 0 ? [] : [path];
  for (const child of children) all.push(...(await commandsBehind(...path, child)));
  return all;
}

const ERROR = /^error: [^\n]+\nhint: [^\n]+\n$/;

t.test('every command has help, and refuses a wrong flag with one error and one hint', async (t) => {
  const commands = await commandsBehind();
  t.ok(commands.length > 20, `${commands.length} commands`);
  for (const command of commands) {
    const name = command.join(' ');
    const help = await runInProcess([...command, '--help']);
    t.match(help, { code: 0, stderr: '' }, name);
    t.ok(help.stdout.startsWith('Usage: svclane '), name);
    const wrong = await runInProcess([...command, '--no-such-flag']);
    t.equal(wrong.code, 2, name);
    t.match(wrong.stderr, ERROR, name);
    t.equal(wrong.stdout, '', name);
  }
});

t.test('whatever is wrong on a command line, there is one error and one hint', async (t) => {
  const cases: readonly [readonly string[], RegExp][] = [
    [['gte'], /hint: did you mean get\?/],
    [['get', 'rotes'], /hint: did you mean routes?/],
    [['get', 'routes', '--watsh'], /hint: did you mean --watch\?/],
    [['drain'], /missing required argument 'endpoint'\nhint: svclane drain --help/],
    [['completion', 'tcsh'], /Allowed choices are bash, zsh, fish/],
    [['get', 'routes', 'a', 'b'], /hint: svclane get routes --help/],
    [['get', 'routes', '-o', 'jsonpath'], /hint: use one of/],
    [['get', 'routes', '-o', 'jsonpath={.items[?(@.port>80)]}'], /JSONPath template at "\.items\[\?/],
    [['get', 'routes', '-o', 'jsonpath='], /JSONPath/],
    [['get', 'routes', '--sort-by', '.a['], /JSONPath/],
    [['get', 'routes', '-w', '--at', '3'], /hint: leave --at out/],
    [['top', '--sort', 'size'], /hint: use one of flows/],
    [['top', '--interval', '1ms'], /hint: use --interval 2s/],
    [['top', '-o', 'yaml'], /hint: use -o json/],
    [['describe', 'svc/a/b'], /hint: use svc\/NAME/],
    [['describe', 'svc/a', '-o', 'wide'], /hint: use -o json or -o yaml/],
  ];
  for (const [args, expected] of cases) {
    const { code, stderr } = await runInProcess([...args]);
    t.equal(code, 2, args.join(' '));
    t.match(stderr, ERROR, args.join(' '));
    t.match(stderr, expected, args.join(' '));
  }
});

t.test('without a daemon every command that asks one says where it looked, and how to start it', async (t) => {
  const host = ['--host', 'unix:/nowhere/admin.sock'];
  const commands = [
    ['get', 'routes'],
    ['explain', 'svc/a'],
    ['history'],
    ['tap'],
    ['top', '--once'],
    ['describe', 'svc/a'],
    ['drain', 'a'],
    ['restore', 'a'],
    ['kill', 'c-1'],
    ['probe', 'svc/a'],
  ];
  for (const command of commands) {
    const { code, stderr } = await runInProcess([...command, ...host]);
    t.equal(code, 7, command.join(' '));
    t.match(
      stderr,
      /^error: [^\n]*unix:\/nowhere\/admin\.sock[^\n]*\nhint: [^\n]*svclane run[^\n]*\n$/,
      command.join(' '),
    );
  }
});
