/**
 * The commands that check something and say by their exit code what came out.
 */

import type { Command } from 'commander';
import type { AuditOptions } from './audit.ts';
import type { DoctorOptions } from './doctor/doctor.ts';

/** Adds them. `exit` takes the exit code of a command that has one of its own. */
export function addCheckCommands(program: Command, exit: (code: number) => void): void {
  addAudit(program, exit);
  addDoctor(program, exit);
}

function addAudit(program: Command, exit: (code: number) => void): void {
  program
    .command('audit')
    .description("compare a kube-proxy's rules with what the API asks for; exit 8 where they differ")
    .option('--nft <file>', 'nft -j list ruleset of the node; - is standard input (repeatable)', collect, [])
    .option('--iptables <file>', 'iptables-save or ip6tables-save of the node (repeatable)', collect, [])
    .option('--ipvs <file>', 'ipvsadm -Sn of the node', collect, [])
    .option('--live', 'the rules of this machine; needs root')
    .option('--node <name>', "the node (default: the daemon's, NODE_NAME, or with --live the host name)")
    .option('--at <revision|time>', 'what the API asked for at a revision, 14:02:10, or 10m ago')
    .option('-o, --output <format>', 'json | yaml')
    .option('-f, --filename <path>', 'without a daemon: from manifests (repeatable)', collect, [])
    .option('--cluster', 'without a daemon: straight from the cluster')
    .option('--kubeconfig <file>', 'kubeconfig file for --cluster')
    .option('--context <name>', 'context of the kubeconfig for --cluster')
    .option('--host <address>', 'the daemon: unix:///path or http://127.0.0.1:port (env SVCLANE_HOST)')
    .action(async (options: AuditOptions) => {
      const { auditCommand } = await import('./audit.ts');
      exit(await auditCommand(options));
    });
}

function addDoctor(program: Command, exit: (code: number) => void): void {
  program
    .command('doctor [service]')
    .description(
      'what stands in the way of svc/NAME[:PORT], from the configuration to the pod, each with the next step',
    )
    .option(
      '-n, --namespace <name>',
      'namespace of the Service (default: where the daemon in mode dev has the only one, or that of the context)',
    )
    .option('--probe', 'dial the endpoints too')
    .option('--config <file>', 'configuration file')
    .option('--kubeconfig <file>', 'kubeconfig file')
    .option('--context <name>', 'context of the kubeconfig')
    .option('--node <name>', 'as on this node')
    .option('--host <address>', 'the daemon: unix:///path or http://127.0.0.1:port (env SVCLANE_HOST)')
    .option('-o, --output <format>', 'json')
    .action(async (service: string | undefined, options: DoctorOptions) => {
      const { doctorCommand } = await import('./doctor/doctor.ts');
      exit(await doctorCommand(service, options));
    });
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
