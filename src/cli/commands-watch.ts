/**
 * The commands that show one thing whole, or everything as it goes on: describe, top.
 */

import type { Command } from 'commander';
import type { DescribeOptions } from './describe.ts';
import type { TopOptions } from './top/top.ts';

/** Adds them. `exit` takes the exit code of a command that has one of its own. */
export function addWatchCommands(program: Command, exit: (code: number) => void): void {
  addDescribe(program);
  addTop(program, exit);
}

function addDescribe(program: Command): void {
  const command = program
    .command('describe <service>')
    .description(
      'all that is known of svc/NAME on one screen: frontends, endpoints, what stands in the way, what changed',
    )
    .option('-n, --namespace <name>', 'namespace of the Service (default: default; in mode dev where the only one is)')
    .option('-o, --output <format>', 'json | yaml');
  withHost(command).action(async (service: string, options: DescribeOptions) => {
    const { describeCommand } = await import('./describe.ts');
    await describeCommand(service, options);
  });
}

function addTop(program: Command, exit: (code: number) => void): void {
  const command = program
    .command('top [service]')
    .description(
      'what each Service does just now: flows, new ones, bytes, failures, connect latency; live on a terminal',
    )
    .option('-n, --namespace <name>', 'of this namespace only (of a Service: default, or where the only one is)')
    .option('--interval <duration>', 'how often, and over how long (default: 2s)')
    .option('--sort <flows|new|in|out|failures|latency|name>', 'what comes first (default: flows)')
    .option('--once', 'one table, after one interval')
    .option('-o, --output <format>', 'json: a document each interval')
    .option('--no-headers', 'leave the header line out');
  withHost(command).action(async (service: string | undefined, options: TopOptions) => {
    const { topCommand } = await import('./top/top.ts');
    exit(await topCommand(service, options));
  });
}

function withHost(command: Command): Command {
  return command.option('--host <address>', 'the daemon: unix:///path or http://127.0.0.1:port (env SVCLANE_HOST)');
}
