/**
 * svclane as a real process, in a namespace of the run.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Agent } from './agent-client.ts';
import { eventually } from './eventually.ts';
import { type RigProcess, startProcess } from './rig-process.ts';
import type { Run } from './run-folder.ts';

const MAIN = join(import.meta.dirname, '..', '..', '..', 'src', 'main.ts');
const HEALTH = 'http://127.0.0.1:10256';

export interface DaemonSpec {
  /** Unique within the run. */
  readonly name: string;
  readonly netns: string;
  /** The content of the configuration file. */
  readonly config: unknown;
  /** After `run --config FILE`. */
  readonly flags?: readonly string[];
}

export interface NodeConfigFacts {
  readonly run: Run;
  readonly nodeName: string;
  readonly kubeconfig: string;
  readonly capture?: 'auto' | 'nftables' | 'routes';
  /** Added to the top level, over what is there. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** A configuration for a node of the rig with every kind of frontend. */
export function nodeConfig({ run, nodeName, kubeconfig, capture = 'auto', more = {} }: NodeConfigFacts): unknown {
  return {
    apiVersion: 'svclane.dev/v1alpha1',
    kind: 'ProxyConfiguration',
    mode: 'node',
    nodeName,
    clientConnection: { kubeconfig },
    frontends: { clusterIP: true, nodePorts: true, externalIPs: true, loadBalancerIPs: true },
    host: { capture },
    health: { bindAddress: '127.0.0.1:10256' },
    metrics: { bindAddress: '127.0.0.1:10249' },
    admin: { listen: `unix:${run.path(`${nodeName}.sock`)}` },
    logging: { format: 'json', level: 'info', accessLog: 'errors' },
    ...more,
  };
}

/** Starts `svclane run`. */
export function startDaemon(run: Run, { name, netns, config, flags = [] }: DaemonSpec): RigProcess {
  const file = run.path(`${name}.yaml`);
  writeFileSync(file, stringify(config));
  const command = [process.execPath, MAIN, 'run', '--config', file, ...flags];
  return startProcess(run, { name, netns, command, env: { NO_COLOR: '1' } });
}

/** Whether the daemon of the agent's namespace serves its first whole table. */
export async function isReady(agent: Agent): Promise<boolean> {
  return (await probe(agent, '/readyz')) === 200;
}

/** The status of one of the health paths; `undefined` where nobody answers. */
export async function probe(agent: Agent, path: string): Promise<number | undefined> {
  try {
    return (await agent.request({ url: `${HEALTH}${path}`, timeoutMs: 2000 })).status;
  } catch {
    return undefined;
  }
}

/** Waits for {@link isReady}; rejects with the daemon's output when it ends instead. */
export async function whenReady(daemon: RigProcess, agent: Agent): Promise<void> {
  await eventually(
    'svclane is ready',
    async () => {
      if (daemon.child.exitCode !== null) throw new Error(`svclane ended with ${daemon.child.exitCode}`);
      return isReady(agent);
    },
    { timeoutMs: 20_000 },
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${daemon.output().slice(-4000)}`, { cause: error });
  });
}
