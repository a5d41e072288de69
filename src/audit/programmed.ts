/**
 * What a proxy has programmed into the kernel, in one form whatever the tool that printed it.
 *
 *   nft -j ─▶ nft-dump ─────┐
 *   iptables-save ─▶ iptables-dump ─▶ ChainRule… ─▶ walkChain ─▶ ProgrammedFrontend ─▶ compareRules ◀─ RoutingTable
 *   ipvsadm -Sn ─▶ ipvs-rules ───────────────────────────────▶
 */

import { type Cidr, familyOf, type IpFamily, type Protocol, parseAddress } from '../model/address.ts';
import type { ClientClass } from '../routing/client-class.ts';
import { frontendKey } from '../routing/frontends.ts';

export type AuditTool = 'nftables' | 'iptables' | 'ipvs';

export const CLIENT_CLASSES: readonly ClientClass[] = ['pod', 'node', 'external'];

/** The address of a frontend that stands for all addresses of the node: a node port. */
export const ANY_ADDRESS: Readonly<Record<IpFamily, string>> = { IPv4: '0.0.0.0', IPv6: '::' };

/**
 * What one class of clients gets. `none` = no rule takes care of it; `unreadable` = a rule on its way is of a form that is
 * not known, and `detail` says which.
 */
export interface ProgrammedVerdict {
  readonly action: 'forward' | 'reject' | 'drop' | 'none' | 'unreadable';
  /** Keys of the endpoints among which is chosen, sorted; empty but for `forward`. */
  readonly endpoints: readonly string[];
  /** The endpoints at which known clients stay, and for how many seconds. */
  readonly affinity: ReadonlyMap<string, number>;
  readonly detail: string;
}

/** A frontend as it is programmed. A node port has {@link ANY_ADDRESS}. */
export interface ProgrammedFrontend {
  readonly key: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: Protocol;
  readonly family: IpFamily;
  /** What the proxy calls it, `shop/web:http`; "" = the rules do not say. */
  readonly name: string;
  readonly verdicts: Readonly<Record<ClientClass, ProgrammedVerdict>>;
  /** Who may use it; `undefined` = everybody, or nothing that the dump shows. */
  readonly sourceRanges: readonly Cidr[] | undefined;
}

/** All that was read of a dump. */
export interface ProgrammedRules {
  readonly tool: AuditTool;
  /** Only these are compared: a dump may have one family only. */
  readonly families: readonly IpFamily[];
  /** The rules tell pods from other clients. Where none does, pods count as outside clients. IPVS tells nobody apart. */
  readonly tellsPods: boolean;
  /** Sorted by key. */
  readonly frontends: readonly ProgrammedFrontend[];
  /** What is wrong outside of any frontend: ways into the rules that are missing, elements that cannot be read. */
  readonly gaps: readonly string[];
  /** What a person should know of the dump. */
  readonly notes: readonly string[];
}

/** A verdict that chooses no endpoint. */
export function plainVerdict(action: Exclude<ProgrammedVerdict['action'], 'forward'>, detail = ''): ProgrammedVerdict {
  return { action, endpoints: [], affinity: new Map(), detail };
}

const PROTOCOLS: Readonly<Record<string, Protocol>> = { tcp: 'TCP', udp: 'UDP', sctp: 'SCTP' };

/** The protocol by its name in lower case. */
export function protocolNamed(name: unknown): Protocol | undefined {
  return typeof name === 'string' && Object.hasOwn(PROTOCOLS, name) ? PROTOCOLS[name] : undefined;
}

/** Where a frontend is reached. */
export type FrontendPlace = Pick<ProgrammedFrontend, 'key' | 'address' | 'port' | 'protocol' | 'family'>;

/** The place of a frontend; `undefined` where `address` is none, or the port is out of range. */
export function placeOf(address: string, port: number, protocol: Protocol): FrontendPlace | undefined {
  const canonical = parseAddress(address);
  if (canonical === undefined || !Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
  const key = frontendKey(canonical, port, protocol);
  return { key, address: canonical, port, protocol, family: familyOf(canonical) };
}

/** Orders frontends by key. */
export function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
