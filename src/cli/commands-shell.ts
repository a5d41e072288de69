/**
 * The commands that are for shells and for the documentation: completion, __complete, __docs.
 */

import { Argument, type Command } from 'commander';
import { forbidColor } from './paint.ts';
import { programName } from './shell/program-name.ts';
import { tellUsageErrors } from './shell/usage-errors.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** Adds them. */
export function addShellCommands(program: Command): void {
  addCompletion(program);
  addHidden(program);
}

/** What holds for all commands: the name, `--no-color`, how errors are told. Called last, when every command is there. */
export function settleProgram(program: Command): void {
  program.name(programName(process.argv[1] ?? '', process.env));
  program.option('--no-color', 'no colours; they are on a terminal only (env NO_COLOR, FORCE_COLOR)');
  program.on('option:no-color', forbidColor);
  tellUsageErrors(program);
}

function addCompletion(program: Command): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .description('print what makes a shell complete svclane: source <(svclane completion bash)')
    .action(async (shell: (typeof SHELLS)[number]) => {
      const { completionCommand } = await import('./shell/completion.ts');
      completionCommand(shell);
    });
}

function addHidden(program: Command): void {
  program
    .command('__complete [words...]', { hidden: true })
    .description('what the last of the words may be')
    .action(async (words: readonly string[]) => {
      const { completeCommand } = await import('./shell/complete-command.ts');
      await completeCommand(program, words);
    });
  program
    .command('__docs', { hidden: true })
    .description('print docs/cli.md')
    .action(async () => {
      const { formatCommandDocs } = await import('./shell/command-docs.ts');
      process.stdout.write(formatCommandDocs(program));
    });
}
