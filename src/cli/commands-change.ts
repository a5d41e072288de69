/**
 * The commands that change something in a running daemon: drain, restore, kill, probe. Each needs its token.
 */

import type { Command } from 'commander';
import type { ChangeEndpointOptions } from './change-endpoints.ts';
import type { DrainOptions } from './drain.ts';
import type { KillOptions } from './kill.ts';
import type { ProbeOptions } from './probe.ts';

/** Adds them. `exit` takes the exit code of a command that has one of its own. */
export function addChangeCommands(program: Command, exit: (code: number) => void): void {
  addDrain(program, exit);
  addRestore(program);
  addKill(program);
  addProbe(program, exit);
}

function addDrain(program: Command, exit: (code: number) => void): void {
  const command = program
    .command('drain <endpoint> [service]')
    .alias('quarantine')
    .description('give an endpoint (ADDRESS[:PORT], pod, id) no new flows; live ones go on')
    .option('-n, --namespace <name>', 'of this namespace only')
    .option('--wait <duration>', 'wait until its live flows have ended; exit 1 where they have not')
    .option('-o, --output <format>', 'json');
  withDaemon(command).action(async (endpoint: string, service: string | undefined, options: DrainOptions) => {
    const { drainCommand } = await import('./drain.ts');
    exit(await drainCommand(endpoint, service, options));
  });
}

function addRestore(program: Command): void {
  const command = program
    .command('restore <endpoint> [service]')
    .description('give an endpoint that was drained or ejected new flows again')
    .option('-n, --namespace <name>', 'of this namespace only')
    .option('-o, --output <format>', 'json');
  withDaemon(command).action(async (endpoint: string, service: string | undefined, options: ChangeEndpointOptions) => {
    const { restoreCommand } = await import('./restore.ts');
    await restoreCommand(endpoint, service, options);
  });
}

function addKill(program: Command): void {
  const command = program
    .command('kill <id...>')
    .description('end live flows by their ids, as "get conns" and "get udp" show them');
  withDaemon(command).action(async (ids: readonly string[], options: KillOptions) => {
    const { killCommand } = await import('./kill.ts');
    await killCommand(ids, options);
  });
}

function addProbe(program: Command, exit: (code: number) => void): void {
  const command = program
    .command('probe <service>')
    .description('connect to every endpoint of svc/NAME[:PORT]; exit 4 where a port has none that accepts')
    .option('-n, --namespace <name>', 'namespace of the Service (default: default; in mode dev where the only one is)')
    .option('--timeout <duration>', 'how long one endpoint may take (default: 1s)')
    .option('-o, --output <format>', 'json')
    .option('--no-headers', 'leave the header line out');
  withDaemon(command).action(async (service: string, options: ProbeOptions) => {
    const { probeCommand } = await import('./probe.ts');
    exit(await probeCommand(service, options));
  });
}

function withDaemon(command: Command): Command {
  return command
    .option('--host <address>', 'the daemon: unix:///path or http://127.0.0.1:port (env SVCLANE_HOST)')
    .option('--token-file <file>', "the daemon's token (env SVCLANE_TOKEN: the token itself)");
}
