/**
 * The commands that show the configuration.
 */

import type { Command } from 'commander';
import { addConfigFlags, readFlags } from './config-flags.ts';

/** Adds `config view`, `validate`, `defaults` and `diff`. */
export function addConfigCommands(program: Command, exit: (code: number) => void): void {
  const config = program.command('config').description('the configuration');
  const view = config
    .command('view')
    .description('print the resolved configuration: file, environment, flags and defaults together');
  addConfigFlags(view).action(async (options: Record<string, unknown>) => {
    const { configViewCommand } = await import('./config-view.ts');
    configViewCommand(readFlags(options));
  });
  const validate = config
    .command('validate')
    .description('say whether the configuration is valid, and all that is not');
  addConfigFlags(validate).action(async (options: Record<string, unknown>) => {
    const { configValidateCommand } = await import('./config-view.ts');
    configValidateCommand(readFlags(options));
  });
  config
    .command('defaults')
    .description('print the defaults of a mode as a configuration file, with what each key means')
    .option('--mode <mode>', 'dev | node', 'dev')
    .action(async (options: { mode?: string }) => {
      const { configDefaultsCommand } = await import('./config-view.ts');
      configDefaultsCommand(options);
    });
  addDiff(config, exit);
}

function addDiff(config: Command, exit: (code: number) => void): void {
  const diff = config
    .command('diff')
    .description('what a reload would change in a running daemon, key by key; exit 8 where anything would');
  addConfigFlags(diff)
    .option('-o, --output <format>', 'json')
    .option('--host <address>', 'the daemon: unix:///path or http://127.0.0.1:port (env SVCLANE_HOST)')
    .action(async (options: Record<string, unknown>) => {
      const { configDiffCommand } = await import('./config-diff.ts');
      const { host, output } = options;
      const answer = await configDiffCommand(readFlags(options), {
        ...(typeof host === 'string' && { host }),
        output,
      });
      exit(answer);
    });
}
