/**
 * Installs the Debian packages that the test cluster needs, only those that are missing.
 */

import { spawnSync } from 'node:child_process';
import { runCommand } from './run-command.ts';

/** For an API server and namespaces with processes of our own. */
export const CONTROL_PLANE_PACKAGES = ['iproute2', 'nftables', 'openssl', 'procps'] as const;

/** For a kube-proxy in any mode, and for looking at its rules. */
export const KUBE_PROXY_PACKAGES = ['iptables', 'ipset', 'ipvsadm'] as const;

/** For nodes that run pods, and for writing their images. */
export const NODE_PACKAGES = [
  'runc',
  'containernetworking-plugins',
  'conntrack',
  'debootstrap',
  'gcc',
  'libc6-dev',
] as const;

/** Installs what is missing of `packages`; needs root only then. */
export function installPackages(packages: readonly string[]): void {
  const missing = packages.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  console.log(`installing ${missing.join(' ')}`);
  runCommand('apt-get', ['update', '-qq']);
  runCommand('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  });
}

function isInstalled(name: string): boolean {
  const { stdout } = spawnSync('dpkg', ['-s', name], { encoding: 'utf8' });
  return /^Status: install ok installed$/m.test(stdout ?? '');
}
