/**
 * The token that the daemon wants for changes: from the environment, from a file that is named, or from where it usually is.
 */

import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { defaultTokenPath } from '../config/admin-token.ts';
import { parseHostPort } from '../config/host-port.ts';
import { errnoOf, SvclaneError } from '../errors.ts';
import { isLoopback } from '../model/address.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The token, or `undefined` where none was found. `where` says from where, or where was looked, for a hint. */
export interface DaemonToken {
  readonly token: string | undefined;
  readonly where: string;
}

/**
 * The token for the daemon at `host`. A file that is usual is sent to this machine alone. Throws `SVL_TOKEN` where the file
 * that is named cannot be read.
 */
export function findDaemonToken(host: string, tokenFile: string | undefined, env: Env): DaemonToken {
  if (tokenFile !== undefined) return { token: readNamed(tokenFile), where: tokenFile };
  if (env.SVCLANE_TOKEN) return { token: env.SVCLANE_TOKEN, where: 'SVCLANE_TOKEN' };
  const looked: string[] = [];
  for (const path of isOfThisMachine(host) ? usualPaths(host, env) : []) {
    const found = readUsual(path);
    if (found.token !== undefined) return { token: found.token, where: path };
    looked.push(`${path} (${found.why})`);
  }
  return { token: undefined, where: looked.join(', ') };
}

/** Beside the socket, as on a node; then where a daemon for development has it. */
function usualPaths(host: string, env: Env): readonly string[] {
  const socket = /^unix:(?:\/\/)?(\/.+)$/.exec(host)?.[1];
  const paths = [
    socket === undefined ? undefined : `${dirname(socket)}/token`,
    defaultTokenPath('dev', env),
    defaultTokenPath('node', env),
  ];
  return [...new Set(paths.filter((path) => path !== undefined))];
}

function isOfThisMachine(host: string): boolean {
  if (host.startsWith('unix:')) return true;
  const name = URL.canParse(host) ? new URL(host).host : '';
  const address = parseHostPort(name, 80)?.address;
  return /^localhost(:\d+)?$/.test(name) || (address !== undefined && isLoopback(address));
}

function readNamed(path: string): string {
  try {
    const token = readFileSync(path, 'utf8').trim();
    if (token !== '') return token;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const hint = 'name the file of the daemon, admin.token, by --token-file';
    throw new SvclaneError('SVL_TOKEN', `cannot read the token: ${reason}`, { cause, hint });
  }
  throw new SvclaneError('SVL_TOKEN', `${path} is empty`, { hint: 'name the file of the daemon by --token-file' });
}

function readUsual(path: string): { readonly token?: string; readonly why: string } {
  try {
    const token = readFileSync(path, 'utf8').trim();
    return token === '' ? { why: 'empty' } : { token, why: '' };
  } catch (error) {
    const errno = errnoOf(error);
    return { why: errno === 'ENOENT' ? 'not there' : errno === 'EACCES' ? 'not readable for you' : `${errno}` };
  }
}
