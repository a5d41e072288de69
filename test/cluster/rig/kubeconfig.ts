/**
 * Kubeconfig files for the run's API server.
 */

import { writeFileSync } from 'node:fs';

export interface Credentials {
  readonly server: string;
  /** Path of a PEM file. */
  readonly caFile: string;
  readonly token: string;
}

/** Writes a kubeconfig with one context, `rig`, and gives its path. */
export function writeKubeconfig(path: string, { server, caFile, token }: Credentials): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'rig', cluster: { server, 'certificate-authority': caFile } }],
    users: [{ name: 'rig', user: { token } }],
    contexts: [{ name: 'rig', context: { cluster: 'rig', user: 'rig' } }],
    'current-context': 'rig',
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}
