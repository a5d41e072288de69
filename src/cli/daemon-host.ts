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
  return hasSocket(own) ? own : defaultAdminListen('node', env);
}

/** The usual address that is passed over for `host`, since there is no such socket; `undefined` = none. */
export function missedHost(host: string, env: NodeJS.ProcessEnv): string | undefined {
  const own = defaultAdminListen('dev', env);
  return host === defaultAdminListen('node', env) && own !== host && own !== '' && !hasSocket(own) ? own : undefined;
}

function hasSocket(host: string): boolean {
  return existsSync(host.replace(/^unix:/, ''));
}
