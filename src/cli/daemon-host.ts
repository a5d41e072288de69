/**
 * Where the running daemon is: the flag, `SVCLANE_HOST`, or the usual admin addresses.
 */

import { existsSync } from 'node:fs';
import { defaultAdminListen } from '../config/admin-listen.ts';

/** The user's own daemon if its socket is there, else the node's. */
export function daemonHost(flag: unknown, env: NodeJS.ProcessEnv): string {
  if (typeof flag === 'string' && flag !== '') return flag;
  if (env.SVCLANE_HOST) return env.SVCLANE_HOST;
  const own = defaultAdminListen('dev', env);
  return existsSync(own.replace(/^unix:/, '')) ? own : defaultAdminListen('node', env);
}
