/**
 * Builds the parts of the test cluster into the cache.
 *
 * usage: build.ts control-plane|kube-proxy|full. `control-plane` is enough for most of `test/cluster`, `kube-proxy` adds that,
 * `full` adds nodes, pods and upstream's tests. What is there already is kept; cutting this off at any moment is safe.
 */

import { spawnSync } from 'node:child_process';
import { BIN_DIR } from './cache.ts';
import { CONTROL_PLANE_PACKAGES, installPackages, KUBE_PROXY_PACKAGES, NODE_PACKAGES } from './debian-packages.ts';
import { buildGoBinaries, CONTROL_PLANE_BINARIES, NODE_BINARIES } from './go-binaries.ts';
import { writeImages } from './images.ts';

const level = process.argv[2] ?? 'full';
if (level !== 'control-plane' && level !== 'kube-proxy' && level !== 'full') {
  console.error(`error: "${level}" is not known\nhint:  usage: build.ts control-plane|kube-proxy|full`);
  process.exit(2);
}
if (spawnSync('go', ['version']).status !== 0) {
  console.error('error: go is not installed\nhint:  the cluster is built with Go 1.26 or later (https://go.dev/dl)');
  process.exit(1);
}
installPackages(CONTROL_PLANE_PACKAGES);
buildGoBinaries(CONTROL_PLANE_BINARIES);
if (level === 'kube-proxy') {
  installPackages(KUBE_PROXY_PACKAGES);
  buildGoBinaries(NODE_BINARIES.filter(({ name }) => name === 'kube-proxy'));
}
if (level === 'full') {
  installPackages(NODE_PACKAGES);
  buildGoBinaries(NODE_BINARIES);
  writeImages();
}
console.log(`${level}: ${BIN_DIR}`);
