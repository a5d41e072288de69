/**
 * Builds the Go parts of the test cluster from the pinned modules.
 */

import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { BIN_DIR, MODULES_DIR } from './cache.ts';
import { runCommand } from './run-command.ts';
import { withScratchFolder } from './scratch-folder.ts';

/** One binary: `test` builds the package's test binary. */
export interface GoBinary {
  readonly name: string;
  readonly module: 'etcd' | 'kubernetes' | 'containerd' | 'coredns';
  readonly package: string;
  readonly test?: boolean;
  readonly tags?: string;
}

const KUBERNETES = 'k8s.io/kubernetes';
const CONTAINERD = 'github.com/containerd/containerd/v2/cmd';
/** Snapshotters that need C libraries, and that the rig has no use for. */
const CONTAINERD_TAGS = 'no_btrfs no_devmapper no_zfs';

/** What an API server without nodes needs. */
export const CONTROL_PLANE_BINARIES: readonly GoBinary[] = [
  { name: 'etcd', module: 'etcd', package: 'go.etcd.io/etcd/server/v3' },
  { name: 'kube-apiserver', module: 'kubernetes', package: `${KUBERNETES}/cmd/kube-apiserver` },
];

/** What nodes, pods and upstream's tests need on top. */
export const NODE_BINARIES: readonly GoBinary[] = [
  ...['kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy', 'kubectl'].map(
    (name): GoBinary => ({ name, module: 'kubernetes', package: `${KUBERNETES}/cmd/${name}` }),
  ),
  ...['agnhost', 'regression-issue-74839'].map(
    (name): GoBinary => ({ name, module: 'kubernetes', package: `${KUBERNETES}/test/images/${name}` }),
  ),
  { name: 'ginkgo', module: 'kubernetes', package: 'github.com/onsi/ginkgo/v2/ginkgo' },
  { name: 'e2e.test', module: 'kubernetes', package: `${KUBERNETES}/test/e2e`, test: true },
  ...['containerd', 'containerd-shim-runc-v2', 'ctr'].map(
    (name): GoBinary => ({ name, module: 'containerd', package: `${CONTAINERD}/${name}`, tags: CONTAINERD_TAGS }),
  ),
  { name: 'coredns', module: 'coredns', package: 'github.com/coredns/coredns' },
];

/** Builds those of `binaries` that the cache lacks. Each appears whole or not at all, whenever this is cut off. */
export function buildGoBinaries(binaries: readonly GoBinary[]): void {
  mkdirSync(BIN_DIR, { recursive: true });
  for (const item of binaries) {
    if (existsSync(join(BIN_DIR, item.name))) continue;
    const startedMs = Date.now();
    buildOne(item);
    console.log(`built ${item.name} in ${Math.round((Date.now() - startedMs) / 1000)} s`);
  }
}

function buildOne({ name, module, package: path, test = false, tags }: GoBinary): void {
  const verb = test ? ['test', '-c'] : ['build'];
  const options = ['-buildvcs=false', '-ldflags', linkerFlags(module), ...(tags === undefined ? [] : ['-tags', tags])];
  withScratchFolder(BIN_DIR, (scratch) => {
    runCommand('go', [...verb, ...options, '-o', join(scratch, name), path], {
      cwd: join(MODULES_DIR, module),
      env: module === 'containerd' ? {} : { CGO_ENABLED: '0' },
    });
    renameSync(join(scratch, name), join(BIN_DIR, name));
  });
}

/** Without a version set, kubelet and API server take each other for releases that do not fit. */
function linkerFlags(module: GoBinary['module']): string {
  if (module !== 'kubernetes') return '-s -w';
  const goMod = readFileSync(join(MODULES_DIR, module, 'go.mod'), 'utf8');
  const [, version, major, minor] = /k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\d+)/.exec(goMod) ?? [];
  if (version === undefined) throw new Error('modules/kubernetes/go.mod does not pin k8s.io/kubernetes');
  const set = (name: string, value = ''): string => `-X k8s.io/component-base/version.${name}=${value}`;
  return ['-s -w', set('gitVersion', version), set('gitMajor', major), set('gitMinor', minor)].join(' ');
}
