/**
 * Client addresses: from what a socket says to the canonical form that routing compares.
 */

import { parseAddress } from '../model/address.ts';

/** Drops a scope id and the IPv4-mapped prefix. IPv4 comes canonical from the kernel. */
export function canonicalClient(address: string): string {
  return address.includes(':') ? (parseAddress(address) ?? address) : address;
}
