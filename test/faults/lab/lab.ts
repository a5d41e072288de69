/**
 * The lab of one scenario: svclane as a process on a node of its own, with clients, pods, and eyes on all of it.
 */

import { mkdtempSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { type SvclaneProcess, startSvclane } from '../../fixtures/svclane-process.ts';
import { Figures } from './figures.ts';
import { objectsOf, type ServiceWish } from './objects.ts';
import { type Peer, startPeer } from './peer.ts';
import { type SpaceName, Spaces } from './spaces.ts';

export interface StartOptions {
  /** `defaults` of the configuration. */
  readonly defaults?: object;
  /** Further keys of the configuration. */
  readonly config?: object;
  /** A module that is loaded into svclane's process before it. */
  readonly preload?: string;
  /** `ulimit -n` of the process. */
  readonly descriptors?: number;
}

export const ADMIN_PORT = 10_290;
export const HEALTH_PORT = 10_256;
export const METRICS_PORT = 10_249;

/** A line of /proc/net/tcp: state 0A, and the inode. */
const LISTENING = /^ *\d+: \S+ \S+ 0A \S+ \S+ \S+ +\d+ +\d+ (\d+)/gm;

const EVENTUALLY_MS = 60_000;
const LOOK_EVERY_MS = 20;

/** Everything in it ends with `close`. */
export class Lab {
  readonly spaces: Spaces;
  /** Whether the short form of scenarios is run. */
  readonly isShort: boolean;
  readonly folder: string;
  readonly #peers = new Map<string, Peer>();
  readonly #processes: SvclaneProcess[] = [];
  #config: object = {};
  #options: StartOptions = {};

  constructor(run: number, isShort: boolean) {
    this.isShort = isShort;
    this.folder = mkdtempSync(join(tmpdir(), 'svclane-faults-'));
    this.spaces = new Spaces(run);
  }

  /** The full form's figure, or the short form's. */
  pick(full: number, short: number): number {
    return this.isShort ? short : full;
  }

  /** A process of traffic; one for each name. */
  peer(space: SpaceName, name: string = space): Peer {
    const known = this.#peers.get(name);
    if (known !== undefined) return known;
    const peer = startPeer(this.spaces.within(space));
    this.#peers.set(name, peer);
    return peer;
  }

  get clients(): Peer {
    return this.peer('clients');
  }

  pod(index: number): Peer {
    return this.peer((['pod0', 'pod1', 'pod2'] as const)[index] ?? 'pod0');
  }

  /** svclane's process: the last one that was started. */
  get svclane(): SvclaneProcess {
    const last = this.#processes.at(-1);
    if (last === undefined) throw new Error('svclane was not started');
    return last;
  }

  /** Ids of the processes that took over, in order. */
  get successors(): readonly number[] {
    return [...this.#output.matchAll(/"reason":"HandedOver","pid":(\d+)/g)].map(([, pid]) => Number(pid));
  }

  /** Starts svclane on manifests, or as `config` says, and waits for its first table. */
  async start(options: StartOptions = {}): Promise<void> {
    this.#options = options;
    this.configure(options);
    await this.restart();
  }

  /** Writes the configuration. */
  configure({ defaults = {}, config = {} }: StartOptions): void {
    this.#config = { ...baseOf(this.folder), defaults, ...config };
    writeFileSync(join(this.folder, 'config.yaml'), stringify(this.#config));
  }

  /** Starts another process by the same configuration. */
  async restart(): Promise<void> {
    const { preload, descriptors } = this.#options;
    const limit = descriptors === undefined ? [] : ['prlimit', `--nofile=${descriptors}:${descriptors}`];
    const svclane = startSvclane(['run', '--config', join(this.folder, 'config.yaml')], {
      within: [...this.spaces.within('node'), ...limit],
      nodeArgs: preload === undefined ? [] : ['--import', preload],
    });
    this.#processes.push(svclane);
    await svclane.until(/"reason":"Synced"/);
  }

  /** Puts these Services in the place of those that are there; `follow` waits until svclane has followed. */
  publish(services: readonly ServiceWish[]): void {
    const text = services.flatMap(objectsOf).map((object) => `---\n${JSON.stringify(object)}\n`);
    writeFileSync(join(this.folder, 'next'), text.join(''));
    renameSync(join(this.folder, 'next'), join(this.folder, 'services.yaml'));
  }

  async follow(services: readonly ServiceWish[]): Promise<void> {
    const before = (await this.figures()).sum('svclane_sync_duration_seconds_count');
    this.publish(services);
    await this.eventually('the next sync', async () => {
      return (await this.figures()).sum('svclane_sync_duration_seconds_count') > before;
    });
  }

  async figures(): Promise<Figures> {
    return new Figures((await this.get(METRICS_PORT, '/metrics')).body);
  }

  /** Waits until no flow lives, and gives the figures then. */
  async quiet(): Promise<Figures> {
    await this.eventually('the end of all flows', async () => (await this.figures()).active === 0);
    return this.figures();
  }

  /** As `quiet`, of TCP alone. */
  async quietTcp(): Promise<Figures> {
    await this.eventually('the end of all TCP flows', async () => {
      return (await this.figures()).sum('svclane_connections_active') === 0;
    });
    return this.figures();
  }

  get(port: number, path: string): Promise<{ status: number; body: string }> {
    return this.peer('node').fetch(`http://127.0.0.1:${port}${path}`);
  }

  /** Open descriptors of svclane, but for its listening sockets, of which it opens more where many clients come. */
  descriptors(pid: number = this.svclane.pid): number {
    const listening = new Set(
      [...readFileSync(`/proc/${pid}/net/tcp`, 'latin1').matchAll(LISTENING)].map(([, inode]) => `socket:[${inode}]`),
    );
    return readdirSync(`/proc/${pid}/fd`).filter((fd) => !listening.has(targetOf(`/proc/${pid}/fd/${fd}`))).length;
  }

  /** Resident memory of svclane in MiB. */
  memory(pid: number = this.svclane.pid): number {
    const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return Math.round(Number(kib ?? 0) / 1024);
  }

  /** Resolves when it is so; `false` after a minute. */
  async comes(isSo: () => boolean | Promise<boolean>, withinMs = EVENTUALLY_MS): Promise<boolean> {
    const deadline = performance.now() + withinMs;
    while (!(await isSo())) {
      if (performance.now() > deadline) return false;
      await sleep(LOOK_EVERY_MS);
    }
    return true;
  }

  /** As `comes`, and throws where it does not. */
  async eventually(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    if (!(await this.comes(isSo))) throw new Error(`${what} did not come within ${EVENTUALLY_MS / 1000} s`);
  }

  async close(): Promise<void> {
    for (const { pid } of this.#processes) killQuietly(pid);
    for (const pid of this.successors) killQuietly(pid);
    await Promise.all([...this.#peers.values()].map((peer) => peer.kill()));
    await Promise.all(this.#processes.map(({ exit }) => exit));
    this.spaces.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What all processes of svclane wrote. */
  get #output(): string {
    return this.#processes.map(({ output }) => output).join('');
  }

  /** Lines that no scenario expects: what nobody caught. */
  get complaints(): readonly string[] {
    return this.#output.split('\n').filter((line) => /"level":"fatal"|Uncaught|Unhandled|Warning:| {4}at /.test(line));
  }
}

function baseOf(folder: string): object {
  return {
    apiVersion: 'svclane.dev/v1alpha1',
    kind: 'ProxyConfiguration',
    mode: 'node',
    nodeName: 'node-a',
    source: `file:${join(folder, 'services.yaml')}`,
    host: { capture: 'nftables' },
    health: { bindAddress: `127.0.0.1:${HEALTH_PORT}` },
    metrics: { bindAddress: `127.0.0.1:${METRICS_PORT}` },
    admin: { listen: `unix:${join(folder, 'admin.sock')}` },
    logging: { format: 'json', level: 'info', accessLog: 'errors' },
  };
}

/** "" = it was closed meanwhile. */
function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}

/** Only what is an svclane of ours: by now the id may be somebody else's. */
function killQuietly(pid: number): void {
  try {
    if (readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('svclane-faults-')) process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
