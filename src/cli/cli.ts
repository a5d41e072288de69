/**
 * The command line: one commander program, one file a command, loaded when it is called.
 *
 * Exit codes: 0 ok, 1 failure, 2 usage, 3 target not found, 4 found but not routable, 5 API server or RBAC, 6 bind failed,
 * 7 daemon unreachable, 8 differences, 130 interrupted.
 */

import { Command, CommanderError } from 'commander';
import { addChangeCommands } from './commands-change.ts';
import { addCheckCommands } from './commands-check.ts';
import { addConfigCommands } from './commands-config.ts';
import { addForwardCommands } from './commands-forward.ts';
import { addInterveneCommands } from './commands-intervene.ts';
import { addRecordCommands } from './commands-record.ts';
import { addSeeCommands } from './commands-see.ts';
import { addShellCommands, settleProgram } from './commands-shell.ts';
import { addWatchCommands } from './commands-watch.ts';
import { addConfigFlags, readFlags } from './config-flags.ts';
import { exitCodeOf, printError } from './report-error.ts';
import type { UiOptions } from './ui.ts';
import { VERSION } from './version.ts';

/** Runs one command line (without node and script); resolves with the exit code when the command has ended. */
export async function runCli(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const exit = (code: number): void => {
    exitCode = code;
  };
  const program = buildProgram();
  // The one command that people wait for each time is not kept waiting for what the others take.
  if (args[0] === 'forward') addForwardCommands(program, exit);
  else addCommands(program, exit);
  settleProgram(program);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    printError(error);
    return exitCodeOf(error);
  }
}

function buildProgram(): Command {
  return new Command('svclane')
    .description('A userspace Service proxy for Kubernetes that a person can see into')
    .version(VERSION, '--version', 'print the version')
    .exitOverride();
}

function addCommands(program: Command, exit: (code: number) => void): void {
  addRun(program, exit);
  addForwardCommands(program, exit);
  addDemo(program, exit);
  addSeeCommands(program, exit);
  addWatchCommands(program, exit);
  addCheckCommands(program, exit);
  addRecordCommands(program, exit);
  addChangeCommands(program, exit);
  addInterveneCommands(program);
  addUi(program);
  addConfigCommands(program, exit);
  addVersion(program);
  addShellCommands(program);
}

function addRun(program: Command, exit: (code: number) => void): void {
  const command = program
    .command('run')
    .description('run the proxy in the foreground (under systemd: Type=notify)')
    .option('--cleanup', 'remove from the kernel whatever an earlier run left there, then end')
    .option('--write-config-to <file>', 'write the defaults of the chosen mode as a configuration file, then end');
  addConfigFlags(command).action(async (options: Record<string, unknown>) => {
    const { runCommand } = await import('./run.ts');
    exit(
      await runCommand(readFlags(options), { cleanup: options.cleanup === true, writeConfigTo: options.writeConfigTo }),
    );
  });
}

function addDemo(program: Command, exit: (code: number) => void): void {
  const command = program
    .command('demo')
    .description('forward to backends that svclane starts itself: no cluster, no root; edit the manifests and watch');
  addConfigFlags(command).action(async (options: Record<string, unknown>) => {
    const { demoCommand } = await import('./demo.ts');
    exit(await demoCommand(readFlags(options)));
  });
}

function addUi(program: Command): void {
  program
    .command('ui')
    .description(
      'print the address of the web page; for a daemon on a Unix socket: serve it to one browser, until Ctrl-C',
    )
    .option('--port <number>', 'a port of 127.0.0.1 (default: any that is free)')
    .option('--host <address>', 'the daemon: unix:///path or http://127.0.0.1:port (env SVCLANE_HOST)')
    .action(async (options: UiOptions) => {
      const { uiCommand } = await import('./ui.ts');
      await uiCommand(options);
    });
}

function addVersion(program: Command): void {
  program
    .command('version')
    .description('print the versions of svclane and Node.js')
    .option('-o, --output <format>', 'json | yaml')
    .action(async (options: Record<string, unknown>) => {
      const { versionCommand } = await import('./version-command.ts');
      versionCommand(options.output);
    });
}
