/**
 * Where the admin API listens: `unix:/run/svclane/admin.sock` or `http://127.0.0.1:10290`.
 */

import { formatHostPort, isLoopback } from '../model/address.ts';
import type { Config } from './config.ts';
import { parseHostPort } from './host-port.ts';

/** `sun_path` of Linux has 108 bytes, the last of them zero. */
const LONGEST_SOCKET_PATH = 107;

/**
 * The canonical form of an admin address, or `undefined` where `text` is none. A socket path is absolute;
 * `unix:///run/x` means `unix:/run/x`. Beyond loopback addresses everything needs the token.
 */
export function parseAdminListen(text: string): string | undefined {
  const socket = /^unix:(?:\/\/)?(\/[^/\0][^\0]*)$/.exec(text)?.[1];
  if (socket !== undefined) return Buffer.byteLength(socket) > LONGEST_SOCKET_PATH ? undefined : `unix:${socket}`;
  const target = parseHostPort(/^http:\/\/([^/]+)\/?$/.exec(text)?.[1] ?? '');
  if (!target) return undefined;
  return `http://${formatHostPort(target.address, target.port)}`;
}

/** Whether an address of HTTP can be reached from other machines. */
export function isNetworkListen(text: string): boolean {
  const canonical = parseAdminListen(text) ?? '';
  const target = parseHostPort(canonical.slice('http://'.length));
  return canonical.startsWith('http://') && target !== undefined && !isLoopback(target.address);
}

/**
 * Where the admin API listens unless told: in systemd's `RUNTIME_DIRECTORY`; else /run/svclane on a node, and
 * `XDG_RUNTIME_DIR`, then `~/.cache` for development. "" = off, where none of these is known.
 */
export function defaultAdminListen(mode: Config['mode'], env: Readonly<Record<string, string | undefined>>): string {
  const folder = runtimeFolder(mode, env);
  return (folder && parseAdminListen(`unix:${folder}/admin.sock`)) ?? '';
}

function runtimeFolder(mode: Config['mode'], env: Readonly<Record<string, string | undefined>>): string | undefined {
  // systemd separates several RuntimeDirectory= by colons; the first is ours.
  const systemd = env.RUNTIME_DIRECTORY?.split(':')[0];
  if (systemd) return systemd;
  if (mode === 'node') return '/run/svclane';
  if (env.XDG_RUNTIME_DIR) return `${env.XDG_RUNTIME_DIR}/svclane`;
  return env.HOME ? `${env.HOME}/.cache/svclane` : undefined;
}
