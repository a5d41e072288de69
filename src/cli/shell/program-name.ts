/**
 * What svclane is called by whoever runs it.
 */

import { basename } from 'node:path';

/** `kubectl svclane` as a plugin of kubectl, by the name of the script, or by what the plugin's script says; else `svclane`. */
export function programName(script: string, env: Readonly<Record<string, string | undefined>>): string {
  const isPlugin = basename(script).startsWith('kubectl-') || env.SVCLANE_RUN_AS === 'kubectl svclane';
  return isPlugin ? 'kubectl svclane' : 'svclane';
}
