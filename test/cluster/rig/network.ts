/**
 * The network of a run: namespaces joined by bridges and veth pairs, dual stack. Nothing of it touches the machine's
 * own network.
 *
 * ```
 *   lan        172.30.0.1/24        fd30::1/64     control plane, clients from outside
 *    │ br0
 *    ├── node-a  172.30.0.11/24     fd30::b/64     the service proxy belongs here
 *    │     │ cni0  10.244.1.1/24    fd44:0:0:1::1/64
 *    │     └── pods  10.244.1.N     fd44:0:0:1::N
 *    └── node-b  172.30.0.12/24     fd30::c/64     …
 * ```
 */

import { runCommand } from '../build/run-command.ts';
import type { Run } from './run-folder.ts';

export const LAN = { ipv4: '172.30.0.1', ipv6: 'fd30::1' } as const;
export const POD_CIDRS = ['10.244.0.0/16', 'fd44::/48'] as const;
export const SERVICE_CIDRS = ['10.96.0.0/16', 'fd96::/108'] as const;

const ZONES = ['zone-a', 'zone-b', 'zone-c'] as const;

/** A namespace with an address of each family. */
export interface Place {
  readonly netns: string;
  readonly ipv4: string;
  readonly ipv6: string;
}

/** A node: `podRanges` are the pods' own, IPv4 first. */
export interface NodePlace extends Place {
  readonly name: string;
  readonly index: number;
  /** Nodes take turns among three. */
  readonly zone: string;
  readonly podRanges: readonly [string, string];
}

/** The namespace of the control plane and of clients outside of the cluster. */
export function addLan(run: Run): Place {
  const netns = addNamespace(run, 'lan');
  ip(netns, [
    'link add br0 type bridge',
    'link set br0 up',
    `address add ${LAN.ipv4}/24 dev br0`,
    `address add ${LAN.ipv6}/64 dev br0 nodad`,
  ]);
  runCommand('nsenter', [`--net=/run/netns/${netns}`, 'nft', '-f', '-'], { input: UNCAPTURED });
  return { netns, ...LAN };
}

/**
 * What is sent to a Service address and leaves the node has not been captured: the client is told so at once, by an
 * error that no proxy gives (EHOSTUNREACH). Without this, the kernel says so for five packets and then keeps silent.
 */
const UNCAPTURED = `table inet rig {
  chain uncaptured {
    type filter hook prerouting priority filter
    ip daddr ${SERVICE_CIDRS[0]} reject with icmp type admin-prohibited
    ip6 daddr ${SERVICE_CIDRS[1]} reject with icmpv6 type admin-prohibited
  }
}
`;

/** A node on the lan; `index` counts from 1. */
export function addNode(run: Run, lan: Place, index: number): NodePlace {
  const name = `node-${String.fromCharCode(96 + index)}`;
  const netns = addNamespace(run, name);
  const [ipv4, ipv6] = [`172.30.0.${10 + index}`, `fd30::${(10 + index).toString(16)}`];
  const podRanges = [`10.244.${index}.0/24`, `fd44:0:0:${index}::/64`] as const;
  ip(lan.netns, [
    `link add ${name} type veth peer name eth0 netns ${netns}`,
    `link set ${name} master br0 up`,
    ...podRanges.map((range, i) => `route add ${range} via ${[ipv4, ipv6][i]} dev br0 onlink`),
  ]);
  ip(netns, [
    'link set eth0 up',
    `address add ${ipv4}/24 dev eth0`,
    `address add ${ipv6}/64 dev eth0 nodad`,
    `route add default via ${LAN.ipv4}`,
    `route add default via ${LAN.ipv6}`,
  ]);
  return { netns, ipv4, ipv6, name, index, zone: ZONES[(index - 1) % ZONES.length] ?? '', podRanges };
}

/** The bridge that a node's pods are attached to, where no CNI plugin makes it. */
export function addPodBridge(node: NodePlace): void {
  ip(node.netns, [
    'link add cni0 type bridge',
    'link set cni0 up',
    `address add 10.244.${node.index}.1/24 dev cni0`,
    `address add fd44:0:0:${node.index}::1/64 dev cni0 nodad`,
  ]);
}

/** A pod on a node's bridge; `host` is the last part of its addresses, from 2 on. */
export function addPod(run: Run, node: NodePlace, host: number): Place {
  const netns = addNamespace(run, `${node.name}-pod-${host}`);
  const [ipv4, ipv6] = [`10.244.${node.index}.${host}`, `fd44:0:0:${node.index}::${host.toString(16)}`];
  ip(node.netns, [`link add pod${host} type veth peer name eth0 netns ${netns}`, `link set pod${host} master cni0 up`]);
  ip(netns, [
    'link set eth0 up',
    `address add ${ipv4}/24 dev eth0`,
    `address add ${ipv6}/64 dev eth0 nodad`,
    `route add default via 10.244.${node.index}.1`,
    `route add default via fd44:0:0:${node.index}::1`,
  ]);
  return { netns, ipv4, ipv6 };
}

/** Runs lines of `ip` in one namespace. */
export function ip(netns: string, lines: readonly string[]): void {
  runCommand('ip', ['-n', netns, '-batch', '-'], { input: `${lines.join('\n')}\n` });
}

function addNamespace(run: Run, name: string): string {
  const netns = run.netns(name);
  runCommand('ip', ['netns', 'add', netns]);
  const settings = {
    'net.ipv4.ip_forward': 1,
    'net.ipv6.conf.all.forwarding': 1,
    'net.ipv6.conf.all.accept_dad': 0,
    'net.ipv6.conf.default.accept_dad': 0,
    'net.ipv4.icmp_ratelimit': 0,
    'net.ipv6.icmp.ratelimit': 0,
  };
  const values = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  runCommand('nsenter', [`--net=/run/netns/${netns}`, 'sysctl', '-qw', ...values]);
  ip(netns, ['link set lo up']);
  return netns;
}
