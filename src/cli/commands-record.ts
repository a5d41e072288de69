/**
 * The commands that make and read bundles: record, replay.
 */

import type { Command } from 'commander';
import type { RecordOptions } from './record.ts';
import type { ReplayOptions } from './replay.ts';

/** Adds them. `exit` takes the exit code of a command that has one of its own. */
export function addRecordCommands(program: Command, exit: (code: number) => void): void {
  program
    .command('record')
    .description(
      "record a running daemon's routing and its changes into a bundle, until Ctrl-C; secrets are never in it",
    )
    .requiredOption('-o, --output <file>', 'a new file; - = stdout')
    .option('--once', 'just what there is, without the changes to come')
    .option('--for <duration>', 'end after so long')
    .option(
      '--since <age|time>',
      'begin with the routing of 10m ago, 14:02:10 or a full time, as far as the daemon has it',
    )
    .option('--host <address>', 'the daemon: unix:///path or http://127.0.0.1:port (env SVCLANE_HOST)')
    .action(async (options: RecordOptions) => {
      const { recordCommand } = await import('./record.ts');
      exit(await recordCommand(options));
    });
  program
    .command('replay <bundle>')
    .description('make every table of a bundle again, hold it against what was recorded, and print what there is')
    .option('--at <revision|time>', 'print this revision')
    .option('--partial', 'take a bundle that was cut off as far as it goes')
    .option('-o, --output <format>', 'json | yaml')
    .action(async (bundle: string, options: ReplayOptions) => {
      const { replayCommand } = await import('./replay.ts');
      await replayCommand(bundle, options);
    });
}

/** Lets a command read a bundle instead of asking a daemon. */
export function withBundle(command: Command): Command {
  return command
    .option('--bundle <file>', 'a recorded bundle instead of the daemon')
    .option('--partial', 'the bundle may have been cut off');
}
