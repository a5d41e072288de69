/**
 * The cgroups of a run's containers, which outlive containers that were killed from outside.
 */

import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { pauseSync } from './pause-sync.ts';

const ROOT = '/sys/fs/cgroup';
/** What containerd names the parent of the cgroups, and the folder of the state of running containers. */
const PARENT = 'k8s.io';
const ATTEMPTS = 50;

/** Removes the cgroups of those containers that the state in a run's folder still tells of. */
export function removeContainerCgroups(runFolder: string): void {
  const containers = readdirSync(runFolder)
    .map((node) => join(runFolder, node, 'containerd-state', 'io.containerd.runtime.v2.task', PARENT))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder));
  // Version 1 has a hierarchy for each controller, version 2 has one at the root.
  const parents = ['', ...readdirSync(ROOT)]
    .map((hierarchy) => join(ROOT, hierarchy, PARENT))
    .filter((path) => existsSync(path));
  for (const parent of parents) for (const id of containers) removeCgroup(join(parent, id));
}

/** The kernel lets go of a cgroup a moment after its last process has ended. */
function removeCgroup(path: string): void {
  for (let attempt = 0; existsSync(path) && attempt < ATTEMPTS; attempt++) {
    try {
      rmdirSync(path);
    } catch {
      pauseSync(20);
    }
  }
}
