/**
 * A whole cluster: control plane with controllers and scheduler, nodes that run pods, and cluster DNS. No service proxy.
 */

import { writeFileSync } from 'node:fs';
import { binary } from '../build/cache.ts';
import { ensureBuilt } from '../build/ensure-built.ts';
import { DNS_SERVICE_IP, startClusterNode } from './cluster-node.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { eventually } from './eventually.ts';
import { LAN, type NodePlace, POD_CIDRS } from './network.ts';
import { endpointSlice, nodeObject, service } from './objects.ts';
import { startProcess } from './rig-process.ts';

export interface Cluster extends ControlPlane {
  readonly nodes: readonly NodePlace[];
}

/** Starts a cluster; resolves when every node is Ready. */
export async function startCluster({ nodes: count }: { nodes: number }): Promise<Cluster> {
  ensureBuilt('full');
  const controlPlane = await startControlPlane();
  try {
    startControllers(controlPlane);
    const indexes = Array.from({ length: count }, (_, i) => i + 1);
    const nodes: NodePlace[] = [];
    for (const index of indexes) nodes.push(await startClusterNode(controlPlane, index));
    await startDns(controlPlane);
    await eventually('every node is Ready', () => areReady(controlPlane, nodes), { timeoutMs: 120_000, everyMs: 250 });
    for (const node of nodes) await controlPlane.api.apply(nodeObject(node));
    return { ...controlPlane, nodes };
  } catch (error) {
    await controlPlane.stop();
    throw error;
  }
}

function startControllers({ run, lan, kubeconfig }: ControlPlane): void {
  const admin = `--kubeconfig=${kubeconfig('admin')}`;
  const controllers = [
    ...[binary('kube-controller-manager'), admin, '--leader-elect=false', '--allocate-node-cidrs=false'],
    ...[
      `--service-account-private-key-file=${run.path('service-account.key')}`,
      '--use-service-account-credentials=false',
    ],
    ...[`--root-ca-file=${run.path('certs', 'apiserver.crt')}`, `--cluster-cidr=${POD_CIDRS.join(',')}`],
    ...['--controllers=*,-nodeipam,-cloud-node-lifecycle', '--kube-api-qps=1000', '--kube-api-burst=2000'],
  ];
  const scheduler = [binary('kube-scheduler'), admin, '--leader-elect=false'];
  startProcess(run, { name: 'kube-controller-manager', netns: lan.netns, command: controllers });
  startProcess(run, { name: 'kube-scheduler', netns: lan.netns, command: scheduler });
}

/** DNS runs on the lan, behind a Service without selector: its first packets go through the service proxy. */
async function startDns({ run, lan, api, kubeconfig }: ControlPlane): Promise<void> {
  const corefile = `.:53 {
  bind ${LAN.ipv4}
  errors
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    kubeconfig ${kubeconfig('admin')} rig
    pods insecure
    ttl 5
  }
}
`;
  writeFileSync(run.path('Corefile'), corefile);
  startProcess(run, { name: 'coredns', netns: lan.netns, command: [binary('coredns'), '-conf', run.path('Corefile')] });
  const ports = [
    { name: 'dns', port: 53, protocol: 'UDP' },
    { name: 'dns-tcp', port: 53, protocol: 'TCP' },
  ] as const;
  const at = { namespace: 'kube-system', name: 'kube-dns' };
  await api.apply(service({ ...at, clusterIP: DNS_SERVICE_IP, ports }));
  await api.apply(endpointSlice({ ...at, ports, endpoints: [{ address: LAN.ipv4 }] }));
}

async function areReady({ api }: ControlPlane, nodes: readonly NodePlace[]): Promise<boolean> {
  const states = await Promise.all(nodes.map(({ name }) => api.request('GET', `/api/v1/nodes/${name}`)));
  return states.every(({ status, body }) => status === 200 && isReady(JSON.parse(body).status.conditions));
}

function isReady(conditions: readonly { type: string; status: string }[]): boolean {
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}
