/**
 * A laboratory for tests of the daemon: a control plane, one node without kubelet, pods that are namespaces with small
 * servers in them, and agents everywhere.
 */

import { ensureBuilt } from '../build/ensure-built.ts';
import { type Agent, startAgent } from './agent-client.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { nodeConfig, startDaemon, whenReady } from './daemon.ts';
import { addNode, addPod, addPodBridge, type NodePlace, type Place } from './network.ts';
import { nodeObject } from './objects.ts';
import type { RigProcess } from './rig-process.ts';

/** The port on which each of the laboratory's backends serves, TCP and UDP. */
export const BACKEND_PORT = 8080;

/** A pod that serves: `identity` is what its answers begin with. */
export interface Backend extends Place {
  readonly identity: string;
  readonly agent: Agent;
}

export interface DaemonOptions {
  readonly name?: string;
  readonly capture?: 'auto' | 'nftables' | 'routes';
  /** Keys of the configuration file, over those for a node. */
  readonly more?: Readonly<Record<string, unknown>>;
}

export interface Lab extends ControlPlane {
  readonly node: NodePlace;
  /** On the node, outside of any pod. */
  readonly onNode: Agent;
  /** In a pod of the node that serves nothing. */
  readonly inPod: Agent;
  readonly clientPod: Place;
  /** Beyond the node, not in the cluster. */
  readonly outside: Agent;
  readonly backends: readonly [Backend, Backend, Backend];
  /** Starts svclane on the node with the rights of config/rbac.yaml; resolves when it is ready. */
  startSvclane(options?: DaemonOptions): Promise<RigProcess>;
}

/** Starts a laboratory. Its owner calls `stop`. `apiServerFlags` are added to kube-apiserver's command line. */
export async function startLab(apiServerFlags: readonly string[] = []): Promise<Lab> {
  ensureBuilt('control-plane');
  const controlPlane = await startControlPlane(apiServerFlags);
  try {
    return await furnish(controlPlane);
  } catch (error) {
    await controlPlane.stop();
    throw error;
  }
}

async function furnish(controlPlane: ControlPlane): Promise<Lab> {
  const { run, lan, api } = controlPlane;
  const node = addNode(run, lan, 1);
  addPodBridge(node);
  const clientPod = addPod(run, node, 9);
  const [onNode, inPod, first, second, third] = await Promise.all([
    startAgent(run, node.netns),
    startAgent(run, clientPod.netns),
    startBackend(controlPlane, node, 1),
    startBackend(controlPlane, node, 2),
    startBackend(controlPlane, node, 3),
  ]);
  await api.apply(nodeObject(node));
  const kubeconfig = await controlPlane.daemonKubeconfig();
  return {
    ...controlPlane,
    node,
    onNode,
    inPod,
    clientPod,
    outside: controlPlane.agent,
    backends: [first, second, third],
    async startSvclane({ name = 'svclane', capture = 'auto', more = {} } = {}) {
      const config = nodeConfig({ run, nodeName: node.name, kubeconfig, capture, more });
      const daemon = startDaemon(run, { name, netns: node.netns, config });
      await whenReady(daemon, onNode);
      return daemon;
    },
  };
}

async function startBackend({ run }: ControlPlane, node: NodePlace, number: number): Promise<Backend> {
  const place = addPod(run, node, number + 1);
  const agent = await startAgent(run, place.netns);
  const identity = `backend-${number}`;
  await agent.serveTcp({ address: '::', port: BACKEND_PORT, identity });
  for (const address of [place.ipv4, place.ipv6]) await agent.serveUdp({ address, port: BACKEND_PORT, identity });
  return { ...place, agent, identity };
}
