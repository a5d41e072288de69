/**
 * Node port addresses: which of the machine's addresses answer node ports.
 *
 * Source: kube-proxy configuration `nodePortAddresses`.
 */

import {
  type Cidr,
  cidrContains,
  familyOf,
  IP_FAMILIES,
  type IpFamily,
  isLoopback,
  parseCidr,
} from '../model/address.ts';

/** The selection in one family. `matchAll` = every address, those that come later too. */
export interface NodePortSelection {
  readonly matchAll: boolean;
  /** Of the interface addresses, in their order. */
  readonly ips: readonly string[];
}

/**
 * Selects in one family. `nodePortAddresses` has CIDRs, or the single word `primary`: the first of `nodeAddresses` in each
 * family, loopback excepted. Without a CIDR of the family every address of it counts, even where the other family has
 * CIDRs; a CIDR of length 0 makes the others irrelevant. Where none matches, node ports are reached nowhere.
 */
export function selectNodePorts(
  nodePortAddresses: readonly string[],
  interfaceAddresses: readonly string[],
  nodeAddresses: readonly string[],
  family: IpFamily,
): NodePortSelection {
  const ranges = rangesOf(nodePortAddresses, nodeAddresses, family);
  const ips = interfaceAddresses.filter((ip) => familyOf(ip) === family);
  if (isMatchAll(ranges)) return { matchAll: true, ips };
  return { matchAll: false, ips: ips.filter((ip) => ranges.some((range) => cidrContains(range, ip))) };
}

/** The addresses of both families that answer node ports. Addresses are canonical. */
export function selectNodePortIPs(
  nodePortAddresses: readonly string[],
  interfaceAddresses: readonly string[],
  nodeAddresses: readonly string[],
): readonly string[] {
  return IP_FAMILIES.flatMap(
    (family) => selectNodePorts(nodePortAddresses, interfaceAddresses, nodeAddresses, family).ips,
  );
}

/** Where healthCheckNodePort servers listen: the wildcard address of a family that is selected whole, else its addresses. */
export function serviceHealthAddresses(
  nodePortAddresses: readonly string[],
  nodePortIPs: readonly string[],
): readonly string[] {
  if (nodePortAddresses.includes('primary')) return nodePortIPs;
  return IP_FAMILIES.flatMap((family) => {
    if (isMatchAll(rangesOf(nodePortAddresses, [], family))) return [family === 'IPv4' ? '0.0.0.0' : '::'];
    return nodePortIPs.filter((ip) => familyOf(ip) === family);
  });
}

/** Whether node ports of a family are answered at 127.0.0.1 too; a family other than IPv4 never is in the kernel. */
export function containsIPv4Loopback(
  nodePortAddresses: readonly string[],
  nodeAddresses: readonly string[],
  family: IpFamily,
): boolean {
  if (family === 'IPv6') return false;
  const ranges = rangesOf(nodePortAddresses, nodeAddresses, family);
  return isMatchAll(ranges) || ranges.some((range) => range.bytes[0] === 127 || cidrContains(range, '127.0.0.0'));
}

function isMatchAll(ranges: readonly Cidr[]): boolean {
  return ranges.length === 0 || ranges.some(({ prefix }) => prefix === 0);
}

function rangesOf(
  nodePortAddresses: readonly string[],
  nodeAddresses: readonly string[],
  family: IpFamily,
): readonly Cidr[] {
  const texts = nodePortAddresses.includes('primary') ? primaryRanges(nodeAddresses) : nodePortAddresses;
  const ranges = texts.map(parseCidr).filter((range) => range !== undefined);
  return ranges.filter((range) => range.family === family);
}

function primaryRanges(nodeAddresses: readonly string[]): readonly string[] {
  return IP_FAMILIES.flatMap((family) => {
    const ip = nodeAddresses.find((address) => familyOf(address) === family);
    return ip === undefined || isLoopback(ip) ? [] : [`${ip}/${family === 'IPv4' ? 32 : 128}`];
  });
}
