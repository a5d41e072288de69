/**
 * The command `forward`.
 */

import type { Command } from 'commander';
import type { ForwardOptions } from './forward/forward-options.ts';

/** Adds it. `exit` takes its exit code. */
export function addForwardCommands(program: Command, exit: (code: number) => void): void {
  program
    .command('forward [targets...]')
    .description('Services and workloads at local ports: svc/web 8080:http deploy/api :9090 -- COMMAND')
    .option('-n, --namespace <name>', 'namespace (default: that of the context)')
    .option('-A, --all-namespaces', 'every Service of every namespace')
    .option('-l, --selector <selector>', 'the Services with these labels')
    .option('--all', 'every Service of the namespace')
    .option('-f, --filename <file>', 'a file of lanes (kind: Lanes); - = standard input')
    .option('--address <list>', 'local addresses, with commas (default: localhost = 127.0.0.1 and ::1)')
    .option('--transport <type>', 'how pods are reached: auto | direct | apiserver')
    .option('--ports-file <file>', 'write where the lanes are as JSON, once they accept; removed at the end')
    .option('--wait-ready <duration>', 'wait for a ready pod of each target; exit code 4 when there is none in time')
    .option('--env', 'print NAME_HOST=… and NAME_PORT=… of each target')
    .option('--hosts <auto>', 'auto = an own loopback address with the true ports for each Service, and DNS')
    .option('--dns <address>', 'answer for names of the cluster at :PORT or ADDRESS:PORT')
    .option('--dns-forward <address>', 'ask this name server for all other names')
    .option('--socks <address>', 'SOCKS5 and HTTP CONNECT at :PORT or ADDRESS:PORT')
    .option('--plain', 'lines instead of the live view on a terminal')
    .option('--context <name>', 'context of the kubeconfig')
    .option('--kubeconfig <file>', 'kubeconfig file')
    .option('--admin-listen <address>', 'admin API: unix:/PATH, http://127.0.0.1:PORT, auto; "" = off')
    .option('--algorithm <name>', 'how an endpoint is chosen: roundrobin | random | leastconn')
    .action(async (words: string[], options: ForwardOptions, command: Command) => {
      const { forwardCommand } = await import('./forward/forward.ts');
      const [targets, behind] = splitAtDashes(words, command);
      exit(await forwardCommand(targets, behind, options));
    });
}

/** The words ahead of `--`, and those behind: they are operands alike. */
function splitAtDashes(words: readonly string[], command: Command): [targets: string[], command: string[]] {
  const raw = rawArguments(command);
  const dashes = raw.indexOf('--');
  const behind = dashes < 0 ? 0 : raw.length - dashes - 1;
  return [words.slice(0, words.length - behind), words.slice(words.length - behind)];
}

/** All that was typed. The root has it: commander hands it on to no subcommand. */
function rawArguments(command: Command): readonly string[] {
  const root = command.parent ?? command;
  return 'rawArgs' in root && Array.isArray(root.rawArgs) ? root.rawArgs.map(String) : [];
}
