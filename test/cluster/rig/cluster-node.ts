/**
 * A node that runs pods: kubelet, containerd, runc and the bridge CNI plugin.
 *
 * Kubelet and containerd live in namespaces of their own for mounts, processes and host name. When their first process
 * ends, the kernel ends every pod and takes every mount away.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { BIN_DIR, binary } from '../build/cache.ts';
import { imageArchives, SANDBOX_IMAGE } from '../build/images.ts';
import { runCommand } from '../build/run-command.ts';
import type { ControlPlane } from './control-plane.ts';
import { eventually } from './eventually.ts';
import { addNode, type NodePlace } from './network.ts';
import { startProcess } from './rig-process.ts';
import type { Run } from './run-folder.ts';

export const DNS_SERVICE_IP = '10.96.0.10';

/** The first process of a node. The shell stays: it reaps what loses its parent. */
const INIT = `
hostname "$1"
mount --make-rshared /
"$2" --config "$3" &
until [ -S "$4" ]; do sleep 0.1; done
shift 4
"$@" &
wait
`;

/** Starts a node and imports the images; it registers itself with the API server. `index` counts from 1. */
export async function startClusterNode({ run, lan, kubeconfig }: ControlPlane, index: number): Promise<NodePlace> {
  const node = addNode(run, lan, index);
  const folder = (name: string): string => run.path(node.name, name);
  mkdirSync(folder('cni'), { recursive: true });
  writeFileSync(folder('cni/10-bridge.conflist'), JSON.stringify(cniConfig(node, folder('ipam'))));
  writeFileSync(folder('containerd.toml'), containerdConfig(folder));
  writeFileSync(folder('kubelet.yaml'), stringify(kubeletConfig(run, folder)));
  const socket = folder('containerd.sock');
  const kubelet = [
    ...[binary('kubelet'), `--kubeconfig=${kubeconfig('admin')}`, `--config=${folder('kubelet.yaml')}`],
    ...[`--root-dir=${folder('kubelet')}`, `--cert-dir=${folder('pki')}`],
    ...[`--hostname-override=${node.name}`, `--node-ip=${node.ipv4},${node.ipv6}`],
  ];
  const init = ['sh', '-c', INIT, 'sh', node.name, binary('containerd'), folder('containerd.toml'), socket, ...kubelet];
  const isolated = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child', '--mount-proc', '--uts'];
  startProcess(run, {
    name: node.name,
    netns: node.netns,
    command: ['unshare', ...isolated, '--', ...init],
    env: { PATH: `${BIN_DIR}:${process.env.PATH}` },
  });
  await importImages(socket);
  return node;
}

async function importImages(socket: string): Promise<void> {
  const ctr = (...args: string[]): string =>
    runCommand(binary('ctr'), ['--address', socket, '--namespace', 'k8s.io', ...args]);
  await eventually('containerd answers', async () => ctr('version'), { timeoutMs: 60_000, everyMs: 200 });
  for (const archive of imageArchives()) ctr('images', 'import', archive);
}

function cniConfig(node: NodePlace, dataDir: string): unknown {
  const ranges = node.podRanges.map((subnet) => [{ subnet }]);
  const ipam = { type: 'host-local', dataDir, ranges };
  const bridge = { type: 'bridge', bridge: 'cni0', isGateway: true, isDefaultGateway: true, hairpinMode: true, ipam };
  const portmap = { type: 'portmap', capabilities: { portMappings: true } };
  return { cniVersion: '1.0.0', name: 'pods', plugins: [bridge, portmap] };
}

/**
 * `restrict_oom_score_adj`: runc may not lower the score where CAP_SYS_RESOURCE is missing. The namespaces of pods are
 * kept below the node's own folder, so that nothing of them shows among the machine's.
 */
function containerdConfig(folder: (name: string) => string): string {
  const cri = (part: string): string => `plugins.'io.containerd.cri.v1.${part}`;
  return `version = 3
root = "${folder('containerd-root')}"
state = "${folder('containerd-state')}"
[grpc]
  address = "${folder('containerd.sock')}"
[ttrpc]
  address = "${folder('containerd.sock.ttrpc')}"
[${cri('images')}']
  snapshotter = "overlayfs"
[${cri('images')}'.pinned_images]
  sandbox = "${SANDBOX_IMAGE}"
[${cri('runtime')}']
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
[${cri('runtime')}'.cni]
  bin_dirs = ["/usr/lib/cni"]
  conf_dir = "${folder('cni')}"
[${cri('runtime')}'.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
  [${cri('runtime')}'.containerd.runtimes.runc.options]
    SystemdCgroup = false
`;
}

/** Neither cgroup v2 nor limits for groups of pods are asked of the machine. */
function kubeletConfig(run: Run, folder: (name: string) => string): unknown {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    containerRuntimeEndpoint: `unix://${folder('containerd.sock')}`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${run.name}`,
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    failSwapOn: false,
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    clusterDNS: [DNS_SERVICE_IP],
    clusterDomain: 'cluster.local',
    syncFrequency: '5s',
    imageGCHighThresholdPercent: 100,
    evictionHard: { 'memory.available': '50Mi' },
    registerNode: true,
  };
}
