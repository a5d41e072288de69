/**
 * Puts a service proxy on every node of a cluster.
 */

import { startAgent } from '../cluster/rig/agent-client.ts';
import type { Cluster } from '../cluster/rig/cluster.ts';
import { isReady, nodeConfig, startDaemon } from '../cluster/rig/daemon.ts';
import { eventually } from '../cluster/rig/eventually.ts';
import { startKubeProxy } from '../cluster/rig/kube-proxy.ts';

export type ProxyName = 'svclane' | 'kube-proxy';

/** Starts the proxy on each node; resolves when each says that it is ready. */
export async function startProxies(cluster: Cluster, proxy: ProxyName): Promise<void> {
  const kubeconfig = await cluster.daemonKubeconfig();
  for (const node of cluster.nodes) {
    if (proxy === 'svclane') {
      const config = nodeConfig({ run: cluster.run, nodeName: node.name, kubeconfig });
      startDaemon(cluster.run, { name: `svclane-${node.name}`, netns: node.netns, config });
      // The yardstick: what kube-proxy passes here, svclane has to pass.
    } else startKubeProxy(cluster, node, 'nftables');
    const agent = await startAgent(cluster.run, node.netns);
    const ready = proxy === 'svclane' ? () => isReady(agent) : () => isHealthy(agent);
    await eventually(`${proxy} on ${node.name} is ready`, ready, { timeoutMs: 60_000, everyMs: 100 });
  }
}

async function isHealthy(agent: Awaited<ReturnType<typeof startAgent>>): Promise<boolean> {
  return (await agent.request({ url: 'http://127.0.0.1:10256/healthz', timeoutMs: 2000 })).status === 200;
}
