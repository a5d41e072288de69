/**
 * Why an address cannot be bound, and what would help.
 */

import { isLoopback } from './address.ts';

const HINTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process has this address and port: stop it, or choose another port',
  EADDRNOTAVAIL: 'the address does not belong to this machine',
  EACCES:
    'ports below net.ipv4.ip_unprivileged_port_start (1024 by default) need root or CAP_NET_BIND_SERVICE, or a lower limit: "sudo sysctl -w net.ipv4.ip_unprivileged_port_start=53"',
};

/** One sentence for people; `undefined` = nothing is known that would help. `address` is the one that was to be bound. */
export function listenHint(errno: string, address: string): string | undefined {
  // Linux has all of 127.0.0.0/8 on its loopback interface; macOS and the BSDs have 127.0.0.1 alone.
  if (errno === 'EADDRNOTAVAIL' && isLoopback(address) && address !== '::1') {
    return `this system has no ${address} yet: "sudo ifconfig lo0 alias ${address}/32" adds it (macOS, BSD) until the next start of the machine`;
  }
  return HINTS[errno];
}
