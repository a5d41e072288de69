/**
 * Node IPs: the node's own address in each family, and which family is the primary.
 */

import { familyOf, type IpFamily, parseAddress } from '../model/address.ts';

export interface NodeIPs {
  readonly primaryFamily: IpFamily;
  readonly IPv4: string;
  readonly IPv6: string;
}

/**
 * The first of the Node's addresses in each family; the very first tells the primary family. Loopback where there is none.
 * A specific `bindAddress` stands for that of its family, and makes it the primary; "", `0.0.0.0` and `::` do not.
 *
 * Source: Node `status.addresses`; kube-proxy configuration `bindAddress`.
 */
export function selectNodeIPs(nodeAddresses: readonly string[], bindAddress: string): NodeIPs {
  const first = (family: IpFamily): string | undefined => nodeAddresses.find((address) => familyOf(address) === family);
  const [primary] = nodeAddresses;
  const found: NodeIPs = {
    primaryFamily: primary === undefined ? 'IPv4' : familyOf(primary),
    IPv4: first('IPv4') ?? '127.0.0.1',
    IPv6: first('IPv6') ?? '::1',
  };
  const bound = parseAddress(bindAddress);
  if (bound === undefined || bound === '0.0.0.0' || bound === '::') return found;
  return { ...found, primaryFamily: familyOf(bound), [familyOf(bound)]: bound };
}
