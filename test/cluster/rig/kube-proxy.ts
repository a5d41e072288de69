/**
 * A real kube-proxy on a node of a run.
 */

import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { binary } from '../build/cache.ts';
import type { ControlPlane } from './control-plane.ts';
import { type NodePlace, POD_CIDRS } from './network.ts';
import { type RigProcess, startProcess } from './rig-process.ts';

export type KubeProxyMode = 'nftables' | 'iptables' | 'ipvs';

/** Where it is asked for its health, and for its metrics. */
export interface KubeProxyAddresses {
  readonly healthz: string;
  readonly metrics: string;
}

/** Those of kube-proxy itself, which svclane has too. */
const USUAL: KubeProxyAddresses = { healthz: '0.0.0.0:10256', metrics: '127.0.0.1:10249' };

/** Starts it; its first sync is over when `/healthz` answers 200. What it wrote into the kernel stays when it ends. */
export function startKubeProxy(
  { run, kubeconfig }: Pick<ControlPlane, 'run' | 'kubeconfig'>,
  node: NodePlace,
  mode: KubeProxyMode,
  { healthz, metrics }: KubeProxyAddresses = USUAL,
): RigProcess {
  const config = {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode,
    hostnameOverride: node.name,
    clientConnection: { kubeconfig: kubeconfig('admin') },
    healthzBindAddress: healthz,
    metricsBindAddress: metrics,
    clusterCIDR: POD_CIDRS.join(','),
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  };
  const name = `kube-proxy-${node.name}`;
  const path = run.path(`${name}.yaml`);
  writeFileSync(path, stringify(config));
  return startProcess(run, { name, netns: node.netns, command: [binary('kube-proxy'), `--config=${path}`] });
}
