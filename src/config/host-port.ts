/**
 * Addresses with a port, as the configuration writes them: `127.0.0.1:8080`, `[::1]:8080`.
 */

import { parseAddress } from '../model/address.ts';

export interface HostPort {
  /** Canonical. */
  readonly address: string;
  readonly port: number;
}

/**
 * An IP address and a port, or `undefined` where `text` is none. Port 0 is allowed: any free port. With `defaultPort`
 * the port may be left out. Host names are not taken, and neither is an empty address: what is bound is written out.
 */
export function parseHostPort(text: string, defaultPort?: number): HostPort | undefined {
  const bare = defaultPort === undefined ? undefined : parseAddress(text.replace(/^\[(.*)\]$/, '$1'));
  if (bare !== undefined && defaultPort !== undefined) return { address: bare, port: defaultPort };
  const [, v6, v4, digits] = /^(?:\[([^\]]*:[^\]]*)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = parseAddress(v6 ?? v4 ?? '');
  const port = Number(digits);
  return address === undefined || port > 65_535 ? undefined : { address, port };
}
