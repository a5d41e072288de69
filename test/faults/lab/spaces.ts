/**
 * The network of one scenario: a node, clients and three pods, each in a network namespace.
 *
 * ```
 *   clients 10.99.0.2 ──┐          ┌── pod 0  10.98.0.10
 *   leavers 10.99.1.2 ──┴── node ──┼── pod 1  10.98.0.11
 *                                  └── pod 2  10.98.0.12
 * ```
 *
 * The node is the default route of all of them, and knows the hardware address of each pod: a pod that is cut off is silent,
 * rather than reported as unreachable.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

export type SpaceName = 'node' | 'clients' | 'leavers' | 'pod0' | 'pod1' | 'pod2';

export const POD_ADDRESSES = ['10.98.0.10', '10.98.0.11', '10.98.0.12'] as const;

const LEAVES: readonly (readonly [name: SpaceName, address: string, gateway: string])[] = [
  ['clients', '10.99.0.2', '10.99.0.1'],
  ['leavers', '10.99.1.2', '10.99.1.1'],
  ['pod0', POD_ADDRESSES[0], '10.98.0.1'],
  ['pod1', POD_ADDRESSES[1], '10.98.0.2'],
  ['pod2', POD_ADDRESSES[2], '10.98.0.3'],
];

const PREFIX = 'svlt-f';
const SYSCTLS = [
  // Short flows by the hundred thousand: the ports of closed ones are taken again after a second.
  'net.ipv4.tcp_tw_reuse=1',
  'net.ipv4.ip_local_port_range=1024 65000',
  'net.ipv6.conf.all.disable_ipv6=1',
];

/** The namespaces of one scenario. `remove` is idempotent. */
export class Spaces {
  readonly #id: string;

  /** Makes them; those of runs that are dead are removed first. */
  constructor(run: number) {
    removeLeftovers();
    this.#id = `${PREFIX}${process.pid}x${run}`;
    ip('netns', 'add', this.nameOf('node'));
    this.#settle('node');
    for (const [index, leaf] of LEAVES.entries()) this.#addLeaf(index, ...leaf);
  }

  nameOf(space: SpaceName): string {
    return `${this.#id}-${space}`;
  }

  /** What starts a program in it. */
  within(space: SpaceName): readonly string[] {
    return ['ip', 'netns', 'exec', this.nameOf(space)];
  }

  /** From here on nothing that is sent to it arrives, nor anything that it sends. */
  cutOff(space: SpaceName): void {
    ip('-n', this.nameOf(space), 'link', 'set', 'eth0', 'down');
  }

  /** A new connection to this port is refused from here on; what has begun goes on. */
  refuse(space: SpaceName, port: number): void {
    const rules = `add table ip faults
add chain ip faults input { type filter hook input priority 0; }
add rule ip faults input tcp dport ${port} tcp flags & (syn | ack) == syn reject with tcp reset
`;
    execFileSync('ip', [...this.within(space).slice(1), 'nft', '-f', '-'], { stdio: 'pipe', input: rules });
  }

  /**
   * Connections that are over are forgotten by the kernel's connection tracking after ten seconds instead of 120. Its table is for
   * all namespaces together, and where it is full, packets are dropped. To be called when svclane's rules are there.
   */
  forgetSoon(): void {
    this.sysctl('net.netfilter.nf_conntrack_tcp_timeout_time_wait=10');
  }

  /** Sets kernel parameters in all of them, but for those that are not there. */
  sysctl(...settings: readonly string[]): void {
    for (const space of ['node', ...LEAVES.map(([name]) => name)] as const) {
      execFileSync('ip', [...this.within(space).slice(1), 'sysctl', '-eqw', ...settings], { stdio: 'pipe' });
    }
  }

  remove(): void {
    for (const space of ['node', ...LEAVES.map(([name]) => name)] as const) removeSpace(this.nameOf(space));
  }

  #settle(space: SpaceName): void {
    execFileSync('ip', [...this.within(space).slice(1), 'sysctl', '-qw', ...SYSCTLS], { stdio: 'pipe' });
    ip('-n', this.nameOf(space), 'link', 'set', 'lo', 'up');
  }

  #addLeaf(index: number, name: SpaceName, address: string, gateway: string): void {
    const [node, leaf, device] = [this.nameOf('node'), this.nameOf(name), `to-${name}`];
    const mac = `02:00:00:00:00:1${index}`;
    ip('netns', 'add', leaf);
    this.#settle(name);
    ip('-n', node, 'link', 'add', device, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', leaf);
    ip('-n', leaf, 'link', 'set', 'eth0', 'address', mac, 'up');
    ip('-n', node, 'link', 'set', device, 'up');
    ip('-n', node, 'address', 'add', `${gateway}/32`, 'dev', device);
    ip('-n', node, 'route', 'add', `${address}/32`, 'dev', device, 'src', gateway);
    ip('-n', node, 'neighbour', 'add', address, 'lladdr', mac, 'dev', device, 'nud', 'permanent');
    ip('-n', leaf, 'address', 'add', `${address}/32`, 'dev', 'eth0');
    ip('-n', leaf, 'route', 'add', `${gateway}/32`, 'dev', 'eth0');
    ip('-n', leaf, 'route', 'add', 'default', 'via', gateway, 'src', address);
  }
}

/** Of a name `svlt-fPIDx…` the process is told by. */
function removeLeftovers(): void {
  if (!existsSync('/run/netns')) return;
  for (const name of readdirSync('/run/netns')) {
    const pid = new RegExp(`^${PREFIX}(\\d+)x`).exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) removeSpace(name);
  }
}

function removeSpace(name: string): void {
  if (existsSync(`/run/netns/${name}`)) ip('netns', 'delete', name);
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' });
}
