/**
 * The addresses of this machine, followed.
 *
 * Re-read every few seconds: the kernel's notifications cannot be had from Node.js without a process of their own. What
 * svclane itself put on `lo` is no address of the node: own addresses, and Service addresses (deprecated ones on `lo`).
 */

import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import type { Clock, Timer } from '../lib/clock.ts';
import { cidrContains, parseAddress, parseCidr } from '../model/address.ts';
import { OWN_RANGES } from './own-addresses.ts';

const INTERVAL_MS = 3_000;
const DEPRECATED = 0x20;
/** Link-local IPv6 is bound to an interface, and never a node address. */
const EXCLUDED = ['fe80::/10', ...Object.values(OWN_RANGES)].flatMap((range) => parseCidr(range) ?? []);

/** What the machine says of itself. `ifInet6` is the text of `/proc/net/if_inet6`. */
export interface MachineAddresses {
  readonly interfaces: Readonly<Record<string, readonly { readonly address: string }[] | undefined>>;
  readonly ifInet6: string;
}

export interface NodeAddressesOptions {
  readonly clock: Clock;
  /** Called with the new addresses whenever they differ from the ones before. */
  readonly onChange: (addresses: readonly string[]) => void;
  readonly read?: () => MachineAddresses;
}

/** The addresses as last read: canonical, distinct, sorted, with the loopback ones. `close` ends the following. */
export interface NodeAddresses {
  current(): readonly string[];
  close(): void;
}

/** Reads the addresses now, then every few seconds. */
export function createNodeAddresses({ clock, onChange, read = readMachine }: NodeAddressesOptions): NodeAddresses {
  let current = addressesOf(read());
  let timer: Timer;
  const follow = (): void => {
    const next = addressesOf(read());
    timer = clock.setTimer(follow, INTERVAL_MS);
    if (next.join() === current.join()) return;
    current = next;
    onChange(next);
  };
  timer = clock.setTimer(follow, INTERVAL_MS);
  return { current: () => current, close: () => timer.cancel() };
}

/** The node's addresses among all that the machine has. */
export function addressesOf({ interfaces, ifInet6 }: MachineAddresses): readonly string[] {
  const captured = deprecatedOnLoopback(ifInet6);
  const all = Object.values(interfaces).flatMap((addresses) => addresses ?? []);
  const canonical = new Set(all.flatMap(({ address }) => parseAddress(address) ?? []));
  return [...canonical]
    .filter((address) => !captured.has(address) && !EXCLUDED.some((range) => cidrContains(range, address)))
    .sort();
}

/** Lines of `fd960000000000000000000000000099 01 80 00 a2       lo`: address, index, prefix, scope, flags, interface. */
function deprecatedOnLoopback(ifInet6: string): ReadonlySet<string> {
  const lines = ifInet6.split('\n').map((line) => line.trim().split(/\s+/));
  const deprecated = lines.filter(
    ([, , , , flags = '', name]) => name === 'lo' && Number.parseInt(flags, 16) & DEPRECATED,
  );
  return new Set(deprecated.flatMap(([hex = '']) => parseAddress(hex.replace(/(.{4})(?=.)/g, '$1:')) ?? []));
}

function readMachine(): MachineAddresses {
  return { interfaces: networkInterfaces(), ifInet6: readIfInet6() };
}

/** "" on a machine without IPv6. */
function readIfInet6(): string {
  try {
    return readFileSync('/proc/net/if_inet6', 'utf8');
  } catch {
    return '';
  }
}
