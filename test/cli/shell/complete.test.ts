import { Argument, Command, Option } from 'commander';
import t from 'tap';
import { type Candidate, complete, formatCompletion, type ValueQuestion } from '../../../src/cli/shell/complete.ts';

function program(): Command {
  const all = new Command('svclane').version('1', '--version', 'print the version').option('--no-color', 'no colours');
  const get = all.command('get').description('print');
  for (const [name, alias] of [
    ['routes', 'route'],
    ['endpoints', 'ep'],
  ] as const) {
    get
      .command(`${name} [service]`)
      .alias(alias)
      .description(name)
      .option('-n, --namespace <name>', 'of this namespace')
      .option('-o, --output <format>', 'wide | json | jsonpath=TEMPLATE')
      .option('-w, --watch', 'go on');
  }
  all.command('kill <id...>').alias('end').description('end flows');
  all
    .command('fault <service>')
    .description('harm')
    .option('--refuse [share]', 'so many')
    .option('--at <revision|time>', 'when')
    .option('-n, --namespace <name>', 'namespace (default: default)');
  all
    .command('run')
    .description('run')
    .option('--config <FILE>', 'file')
    .option('--mode <dev|node>', 'mode')
    .option('--source <kubernetes|file:PATH>', 'source')
    .option('--lane <LANE>', 'lane', (value: string, before: string[] = []) => [...before, value])
    .addOption(new Option('--old <x>', 'old').hideHelp());
  all.command('completion').addArgument(new Argument('<shell>', 'shell').choices(['bash', 'zsh']));
  all.command('__complete [words...]', { hidden: true });
  return all;
}

async function ask(line: string, found: readonly string[] = []) {
  const questions: ValueQuestion[] = [];
  const completion = await complete(program(), line.split(' '), async (question): Promise<readonly Candidate[]> => {
    questions.push(question);
    return found.map((value) => ({ value, description: '' }));
  });
  return { words: completion.candidates.map(({ value }) => value), files: completion.files, question: questions[0] };
}

t.test('commands, options and listed values come from the tree of commands', async (t) => {
  const cases: readonly [string, readonly string[]][] = [
    ['', ['get', 'kill', 'fault', 'run', 'completion', 'help']],
    ['g', ['get']],
    ['en', ['end']],
    ['__c', []],
    ['get ', ['routes', 'endpoints', 'help']],
    ['get r', ['routes']],
    ['get ep', ['ep']],
    ['get nothing r', []],
    ['help ge', ['get']],
    ['help get r', ['routes']],
    ['get routes --', ['--namespace', '--output', '--watch', '--help', '--no-color']],
    ['get routes -w --w', []],
    ['get routes -n shop --n', ['--no-color']],
    ['get ep --watch --n', ['--namespace', '--no-color']],
    ['run --lane a --l', ['--lane']],
    ['run --o', []],
    ['--v', ['--version']],
    ['get routes -o ', ['wide', 'json', 'jsonpath=']],
    ['get routes -o j', ['json', 'jsonpath=']],
    ['get routes --output=w', ['--output=wide']],
    ['get routes --watch=x', []],
    ['run --mode ', ['dev', 'node']],
    ['run --source f', ['file:']],
    ['fault --at ', []],
    ['completion ', ['bash', 'zsh']],
    ['completion bash ', []],
  ];
  for (const [line, words] of cases) t.same((await ask(line)).words, words, line);
});

t.test('values that the tree does not know are asked for, with what was given', async (t) => {
  const cases: readonly [string, string, string, string | undefined][] = [
    ['get routes sv', 'services', 'sv', undefined],
    ['get routes -n shop ', 'services', '', 'shop'],
    ['get routes --namespace=shop ', 'services', '', 'shop'],
    ['get routes -nshop ', 'services', '', 'shop'],
    ['get routes -n s', 'namespaces', 's', undefined],
    ['get routes --namespace=s', 'namespaces', 's', undefined],
    ['fault --refuse 5% ', 'services', '', undefined],
    ['fault --refuse -n x ', 'services', '', 'x'],
    ['kill a b c', 'flows', 'c', undefined],
    ['get routes -- -', 'services', '-', undefined],
  ];
  for (const [line, kind, partial, namespace] of cases) {
    const { question } = await ask(line);
    t.match(question, { kind, partial }, line);
    t.equal(question?.optionOf('--namespace'), namespace, line);
  }
  t.match((await ask('kill a b ')).question, { operands: ['a', 'b'], command: 'kill', isDefaultNamespace: false });
  t.match((await ask('fault ')).question, { isDefaultNamespace: true });
});

t.test('only what begins with the word is given, and nothing that a shell would take apart', async (t) => {
  const found = ['svc/web', 'svc/api', 'svc/w$(reboot)', 'svc/w b', 'svc/w;b', 'svc/web:http'];
  t.same((await ask('get routes svc/w', found)).words, ['svc/web', 'svc/web:http']);
  t.same((await ask('get routes --namespace=sv', ['svc', 'x'])).words, ['--namespace=svc']);
});

t.test('files are left to the shell', async (t) => {
  t.same(await ask('run --config '), { words: [], files: true, question: undefined });
  t.same(await ask('run --config=a'), { words: [], files: true, question: undefined });
});

t.test('the answer has a line each, and how to go on', async (t) => {
  const cases: readonly [Parameters<typeof formatCompletion>[0], string][] = [
    [{ candidates: [{ value: 'a', description: 'b c' }], files: false }, 'a\tb c\n:4\n'],
    [{ candidates: [{ value: 'svc/', description: '' }], files: false }, 'svc/\n:6\n'],
    [{ candidates: [], files: true }, ':0\n'],
    [{ candidates: [], files: false }, ':4\n'],
  ];
  for (const [completion, text] of cases) t.equal(formatCompletion(completion), text);
});
