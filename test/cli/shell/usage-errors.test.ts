import { Command } from 'commander';
import t from 'tap';
import { tellUsageErrors } from '../../../src/cli/shell/usage-errors.ts';

const CASES: readonly [string, readonly string[], string][] = [
  ['a word that is nearly right', ['explan'], "error: unknown command 'explan'\nhint: did you mean explain?\n"],
  ['a word of another program', ['logs'], "error: unknown command 'logs'\nhint: here it is kubectl svclane tap\n"],
  [
    'a kind of another program',
    ['get', 'pods'],
    "error: unknown command 'pods'\nhint: here it is kubectl svclane get endpoints\n",
  ],
  ['a word of nobody', ['constructor'], "error: unknown command 'constructor'\nhint: kubectl svclane --help\n"],
  [
    'an argument that is missing',
    ['explain'],
    "error: missing required argument 'service'\nhint: kubectl svclane explain --help\n",
  ],
];

for (const [name, words, told] of CASES) {
  t.test(`the hint helps with ${name}`, async (t) => {
    const program = new Command('kubectl svclane').exitOverride();
    program.command('explain <service>').exitOverride();
    const get = program.command('get').exitOverride();
    get.command('routes').exitOverride();
    tellUsageErrors(program);
    const written: string[] = [];
    for (const command of [program, ...program.commands, ...get.commands]) {
      command.configureOutput({ ...command.configureOutput(), writeErr: (text) => void written.push(text) });
    }
    t.throws(() => program.parse(words, { from: 'user' }));
    t.equal(written.join(''), told);
  });
}
