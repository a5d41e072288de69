/**
 * Puts a service proxy on every node of a cluster.
 */

import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { binary } from '../cluster/build/cache.ts';
import { startAgent } from '../cluster/rig/agent-client.ts';
import type { Cluster } from '../cluster/rig/cluster.ts';
import { isReady, nodeConfig, startDaemon } from '../cluster/rig/daemon.ts';
import { eventually } from '../cluster/rig/eventually.ts';
import { type NodePlace, POD_CIDRS } from '../cluster/rig/network.ts';
import { startProcess } from '../cluster/rig/rig-process.ts';

export type ProxyName = 'svclane' | 'kube-proxy';

/** Starts the proxy on each node; resolves when each says that it is ready. */
export async function startProxies(cluster: Cluster, proxy: ProxyName): Promise<void> {
  const kubeconfig = await cluster.daemonKubeconfig();
  for (const node of cluster.nodes) {
    if (proxy === 'svclane') {
      const config = nodeConfig({ run: cluster.run, nodeName: node.name, kubeconfig });
      startDaemon(cluster.run, { name: `svclane-${node.name}`, netns: node.netns, config });
    } else startKubeProxy(cluster, node);
    const agent = await startAgent(cluster.run, node.netns);
    const ready = proxy === 'svclane' ? () => isReady(agent) : () => isHealthy(agent);
    await eventually(`${proxy} on ${node.name} is ready`, ready, { timeoutMs: 60_000, everyMs: 100 });
  }
}

async function isHealthy(agent: Awaited<ReturnType<typeof startAgent>>): Promise<boolean> {
  return (await agent.request({ url: 'http://127.0.0.1:10256/healthz', timeoutMs: 2000 })).status === 200;
}

/** The yardstick: what kube-proxy passes here, svclane has to pass. */
function startKubeProxy({ run, kubeconfig }: Cluster, node: NodePlace): void {
  const config = {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    hostnameOverride: node.name,
    clientConnection: { kubeconfig: kubeconfig('admin') },
    clusterCIDR: POD_CIDRS.join(','),
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  };
  const path = run.path(`kube-proxy-${node.name}.yaml`);
  writeFileSync(path, stringify(config));
  const command = [binary('kube-proxy'), `--config=${path}`];
  startProcess(run, { name: `kube-proxy-${node.name}`, netns: node.netns, command });
}
