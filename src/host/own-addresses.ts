/**
 * The addresses that svclane adds to `lo`, and those it makes local there.
 *
 * IPv4 is link-local of scope host: never taken as a source address, never announced, and reached without
 * `route_localnet`. IPv6 is a ULA; addresses are added as deprecated, which keeps the kernel from choosing them as a
 * source address, and tells `node-addresses` that they are no addresses of the node.
 */

import { readFile } from 'node:fs/promises';
import { IP_FAMILIES, type IpFamily } from '../model/address.ts';
import { runTool } from './run-tool.ts';

/** The ranges of own addresses: nobody else's traffic goes there. */
export const OWN_RANGES: Readonly<Record<IpFamily, string>> = {
  IPv4: '169.254.77.0/24',
  IPv6: 'fd53:766c:616e:6500::/64',
};

/** How many own addresses there can be in each family. */
export const MAX_OWN_ADDRESSES = 254;

/** The n-th own address of a family, from 1. */
export function ownAddress(family: IpFamily, n: number): string {
  return family === 'IPv4' ? `169.254.77.${n}` : `fd53:766c:616e:6500::${n.toString(16)}`;
}

/** The number of an own address; 0 = it is none. */
export function ownAddressNumber(address: string): number {
  const v4 = /^169\.254\.77\.(\d+)$/.exec(address)?.[1];
  if (v4 !== undefined) return Number(v4);
  const v6 = /^fd53:766c:616e:6500::([0-9a-f]{1,2})$/.exec(address)?.[1];
  return v6 === undefined ? 0 : Number.parseInt(v6, 16);
}

/** The families that this network namespace has: IPv6 may be absent or switched off. */
export async function availableFamilies(): Promise<readonly IpFamily[]> {
  const disabled = await readFile('/proc/sys/net/ipv6/conf/lo/disable_ipv6', 'utf8').catch(() => '1');
  return disabled.trim() === '0' ? IP_FAMILIES : ['IPv4'];
}

/** Adds own addresses to `lo`; one that is there already stays. Throws `ToolError`. */
export async function addOwnAddresses(addresses: readonly string[]): Promise<void> {
  if (addresses.length > 0) await runIpBatch(addresses.map(addCommand));
}

/** Removes own addresses from `lo`. Throws `ToolError`. */
export async function removeOwnAddresses(addresses: readonly string[]): Promise<void> {
  await removeByIp(addresses.map((address) => `address del ${withPrefix(address)} dev lo`));
}

/** The own addresses that are on `lo`, whoever added them. Throws `ToolError`. */
export async function listOwnAddresses(): Promise<readonly string[]> {
  const listed: unknown = JSON.parse((await runTool('ip', ['-j', 'address', 'show', 'dev', 'lo'])) || '[]');
  return records(listed)
    .flatMap((link) => records(link.addr_info))
    .flatMap(({ local }) => (typeof local === 'string' && ownAddressNumber(local) > 0 ? [local] : []));
}

/** `ip -batch`: the commands in one process; stops at the first that fails. Throws `ToolError`. */
export async function runIpBatch(commands: readonly string[]): Promise<void> {
  await runTool('ip', ['-batch', '-'], { input: `${commands.join('\n')}\n` });
}

/** As {@link runIpBatch}, for commands that remove: what is gone already is no failure, and all of them are tried. */
export async function removeByIp(commands: readonly string[]): Promise<void> {
  if (commands.length === 0) return;
  try {
    await runTool('ip', ['-force', '-batch', '-'], { input: `${commands.join('\n')}\n` });
  } catch (error) {
    if (!onlyGone(error)) throw error;
  }
}

/** An address with the prefix length of a single host. */
export function withPrefix(address: string): string {
  return `${address}/${address.includes(':') ? 128 : 32}`;
}

/** Adds one address to `lo` in the way that its family needs. */
export function addCommand(address: string): string {
  const how = address.includes(':') ? 'nodad preferred_lft 0' : 'scope host';
  return `address replace ${withPrefix(address)} dev lo ${how}`;
}

/** The objects of a value that should be a list of objects. */
export function records(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(value)) return [];
  return value.filter((item): item is Record<string, unknown> => typeof item === 'object' && item !== null);
}

function onlyGone(error: unknown): boolean {
  if (!(error instanceof Error) || !('stderr' in error) || typeof error.stderr !== 'string') return false;
  const GONE = /^(RTNETLINK answers: (No such process|Cannot assign requested address)|Command failed -:\d+)$/;
  return error.stderr !== '' && error.stderr.split('\n').every((line) => GONE.test(line.trim()));
}
