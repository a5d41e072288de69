/**
 * The commands that interfere with flows for a time: override, fault. Each needs the token of the daemon.
 */

import type { Command } from 'commander';
import type { FaultOptions } from './fault.ts';
import type { OverrideOptions } from './override.ts';

/** Adds them. */
export function addInterveneCommands(program: Command): void {
  addOverride(program);
  addFault(program);
}

function addOverride(program: Command): void {
  const command = program
    .command('override <service=target>')
    .description('send flows of svc/NAME[:PORT] to localhost:PORT or ADDRESS:PORT first, for a time')
    .option('-n, --namespace <name>', 'namespace of the Service (default: default; in mode dev where the only one is)')
    .option('--match <what>', '20%, src=ADDRESS, src=CIDR, or these with commas (default: every flow)')
    .option('--fallback <what>', 'where the target refuses: cluster (the default) or fail')
    .option('--ttl <duration>', 'how long, up to 24h (default: 1h)')
    .option('--delete', 'end that of svc/NAME[:PORT]')
    .option('-o, --output <format>', 'json');
  withDaemon(command).action(async (argument: string, options: OverrideOptions) => {
    const { overrideCommand } = await import('./override.ts');
    await overrideCommand(argument, options);
  });
}

function addFault(program: Command): void {
  const command = program
    .command('fault <service>')
    .description('serve new flows of svc/NAME[:PORT] badly, for a time')
    .option('-n, --namespace <name>', 'namespace of the Service (default: default; in mode dev where the only one is)')
    .option('--latency <duration>', 'what endpoints send arrives later: 300ms, 300ms±50ms or 300ms~50ms')
    .option('--jitter <duration>', 'instead of what stands behind the ±')
    .option('--reset <share>', 'reset so many flows once they are connected: 2%')
    .option('--refuse [share]', 'reset so many flows before anybody is dialled (default: all)')
    .option('--blackhole [share]', 'accept so many flows, and forward nothing (default: all)')
    .option('--bandwidth <rate>', 'of each flow in each direction: 64KiB/s')
    .option('--rate <rate>', 'the same as --bandwidth')
    .option('--ttl <duration>', 'how long, up to 24h: needed')
    .option('--delete', 'end that of svc/NAME[:PORT]')
    .option('-o, --output <format>', 'json');
  withDaemon(command).action(async (service: string, options: FaultOptions) => {
    const { faultCommand } = await import('./fault.ts');
    await faultCommand(service, options);
  });
}

function withDaemon(command: Command): Command {
  return command
    .option('--host <address>', 'the daemon: unix:///path or http://127.0.0.1:port (env SVCLANE_HOST)')
    .option('--token-file <file>', "the daemon's token (env SVCLANE_TOKEN: the token itself)");
}
