/**
 * The commands that show what goes on, and why: get, explain, history, tap.
 */

import type { Command } from 'commander';
import { withBundle } from './commands-record.ts';
import type { ExplainOptions } from './explain.ts';
import type { GetOptions } from './get.ts';
import type { HistoryOptions } from './history.ts';
import type { TapOptions } from './tap.ts';

const KINDS: readonly (readonly [name: string, alias: string, description: string])[] = [
  ['routes', 'route', 'what is routed: every frontend, its Service port, and its endpoints'],
  ['services', 'svc', 'every Service that is known, and why it is not routed where it is not'],
  ['endpoints', 'ep', 'every endpoint: its state, whether clients get it, and how many have it'],
  ['listeners', 'listener', 'the socket of every frontend'],
  ['ejections', 'ej', 'endpoints that are left out for failed dials or by an operator, and how long'],
  ['overrides', 'override', 'Services whose flows go to another address first, and how long'],
  ['faults', 'fault', 'Services whose flows are served badly, as was asked for, and how long'],
  ['conns', 'connections', 'live TCP connections, and why each has its endpoint'],
  ['udp', 'flows', 'live UDP flows, and why each has its endpoint'],
];

/** What a bundle has, and a daemon of the past. */
const RECORDED_KINDS: ReadonlySet<string> = new Set(['routes', 'services', 'endpoints']);

/** Adds them. `exit` takes the exit code of a command that has one of its own. */
export function addSeeCommands(program: Command, exit: (code: number) => void): void {
  const get = program.command('get').description('print what the running daemon knows');
  for (const [name, alias, description] of KINDS) addKind(get, name, alias, description);
  addExplain(program, exit);
  addHistory(program, exit);
  addTap(program);
}

function addKind(get: Command, name: string, alias: string, description: string): void {
  const command = get
    .command(`${name} [service]`)
    .alias(alias)
    .description(description)
    .option('-n, --namespace <name>', 'of this namespace only')
    .option('-A, --all-namespaces', 'of all namespaces (the default)')
    .option('-o, --output <format>', 'wide | json | yaml | name | jsonpath=TEMPLATE')
    .option('-w, --watch', 'go on, and print each row that comes, changes or goes')
    .option('--sort-by <field>', 'order the rows by a field of -o json: .connections')
    .option('--no-headers', 'leave the header line out');
  const hasPast = RECORDED_KINDS.has(name);
  if (hasPast) command.option('--at <revision|time>', 'as it was: a revision, 14:02:10, or 10m ago');
  withHost(hasPast ? withBundle(command) : command).action(async (service: string | undefined, options: GetOptions) => {
    const { getCommand } = await import('./get.ts');
    await getCommand(name, service, options);
  });
}

function addExplain(program: Command, exit: (code: number) => void): void {
  const command = program
    .command('explain [service]')
    .description('what a client of svc/NAME[:PORT] gets, step by step, and what would help where it gets nothing')
    .option(
      '-n, --namespace <name>',
      'namespace of the Service (default: default, where the only one is, or that of the context)',
    )
    .option('--from <ip>', 'address of the client (default: any pod)')
    .option('--node <name>', 'as on this node')
    .option('--to <address:port[/udp]>', 'an address instead of a Service')
    .option('--family <IPv4|IPv6>', 'the family of the cluster IP (default: that of --from, else the first)')
    .option('--at <revision|time>', 'as it was: a revision, 14:02:10, or 10m ago')
    .option('-o, --output <format>', 'json | yaml')
    .option('-f, --filename <path>', 'without a daemon: from manifests (repeatable)', collect, [])
    .option('--cluster', 'without a daemon: straight from the cluster')
    .option('--kubeconfig <file>', 'kubeconfig file for --cluster')
    .option('--context <name>', 'context of the kubeconfig for --cluster');
  withHost(withBundle(command)).action(async (service: string | undefined, options: ExplainOptions) => {
    const { explainCommand } = await import('./explain.ts');
    exit(await explainCommand(service, options));
  });
}

function addHistory(program: Command, exit: (code: number) => void): void {
  const command = program
    .command('history [service]')
    .description('what changed in the routing, when, and by which object; exit 8 where --diff prints a change')
    .option('-n, --namespace <name>', 'of this namespace only (of a Service: default, or where the only one is)')
    .option('--since <age|time>', 'only changes since 10m ago, 14:02:10 or a full time')
    .option('--limit <number>', 'the newest that many')
    .option('--diff', 'a line for each thing that changed, with its field')
    .option('-o, --output <format>', 'json | yaml')
    .option('--no-headers', 'leave the header line out');
  withHost(withBundle(command)).action(async (service: string | undefined, options: HistoryOptions) => {
    const { historyCommand } = await import('./history.ts');
    exit(await historyCommand(service, options));
  });
}

function addTap(program: Command): void {
  const command = program
    .command('tap [service]')
    .description('print flows as they begin and end')
    .option('-n, --namespace <name>', 'of this namespace only (of a Service: default, or where the only one is)')
    .option('--max <number>', 'end after so many lines')
    .option('-o, --output <format>', 'json: one event a line');
  withHost(command).action(async (service: string | undefined, options: TapOptions) => {
    const { tapCommand } = await import('./tap.ts');
    await tapCommand(service, options);
  });
}

function withHost(command: Command): Command {
  return command.option('--host <address>', 'the daemon: unix:///path or http://127.0.0.1:port (env SVCLANE_HOST)');
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
