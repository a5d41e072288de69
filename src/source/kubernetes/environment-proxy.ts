/**
 * The proxy that the environment names for a server, by the rules of Go's programs, kubectl among them.
 *
 * Source: golang.org/x/net/http/httpproxy: HTTPS_PROXY or HTTP_PROXY by the server's scheme, in capitals or not; NO_PROXY.
 */

import { cidrContains, isLoopback, parseAddress, parseCidr } from '../../model/address.ts';
import type { Environment } from './kubeconfig-files.ts';

/** A proxy's URL, or `undefined` for a direct connection. What is no URL is left for whoever connects to refuse. */
export function environmentProxy(server: string, env: Environment): string | undefined {
  const url = new URL(server);
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = settingOf(env, name);
  if (proxy === '' || isSpared(url, settingOf(env, 'NO_PROXY'))) return undefined;
  return proxy.includes('://') ? proxy : `http://${proxy}`;
}

function settingOf(env: Environment, name: string): string {
  return (env[name] || env[name.toLowerCase()] || '').trim();
}

function isSpared(url: URL, list: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const address = parseAddress(host);
  if (host === 'localhost' || (address !== undefined && isLoopback(address))) return true;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return list.split(',').some((entry) => spares(entry.trim().toLowerCase(), host, address, port));
}

/** `*`, an address or network, a domain with those below it, `.domain` for those below it alone; a port narrows it. */
function spares(entry: string, host: string, address: string | undefined, port: string): boolean {
  if (entry === '' || entry === '*') return entry === '*';
  const network = parseCidr(entry);
  if (network !== undefined) return address !== undefined && cidrContains(network, address);
  const [, bracketed, plain = entry, wantedPort = port] = /^(?:\[(.*)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? [];
  const name = bracketed ?? plain;
  if (wantedPort !== port) return false;
  if (address !== undefined) return parseAddress(name) === address;
  const domain = name.replace(/^\*(?=\.)/, '');
  return domain.startsWith('.') ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
}
