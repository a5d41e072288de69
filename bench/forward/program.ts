/**
 * The programs that are compared, as users start them.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { binary } from '../../test/cluster/build/cache.ts';
import { cpuSecondsOf, type Running, rssBytesOf, startReady } from '../load/processes.ts';
import type { Gen } from './gen.ts';
import { HTTP_PORT, type Stage } from './stage.ts';

export type ProgramName = 'kubectl' | 'svclane';

/** A local port and the pod's port behind it. */
export interface Pair {
  readonly local: number;
  readonly remote: number;
}

/** One target for kubectl, any number for svclane. */
export interface Wanted {
  readonly target: string;
  readonly pairs: readonly Pair[];
}

/** A program that forwards. */
export interface Program {
  readonly name: ProgramName;
  /** `127.0.0.1:LOCAL` */
  address(remote: number): string;
  cpuSeconds(): number;
  rssBytes(): number;
  /** Whether it runs still, and a new connection is answered soon. */
  serves(): Promise<boolean>;
  stop(): Promise<void>;
}

export interface Programs {
  /** Starts one; resolves when it has said that it is `ready`, or (`line`) with its first line of a port. */
  start(name: ProgramName, wanted: readonly Wanted[], until?: 'ready' | 'line'): Promise<Program>;
  /** Local ports that were not given before. */
  ports(count: number): readonly number[];
}

const FIRST_PORT = 20_000;
const ANSWER_TRIES = 20;
const BETWEEN_TRIES_MS = 250;
const SAID = { line: /Forwarding from/, ready: /Forwarding from[\s\S]*(Ready:|\[::1\])/ };

/** `main` is svclane's main file. */
export function createPrograms(stage: Stage, gen: Gen, main: string): Programs {
  let next = FIRST_PORT;
  let started = 0;
  const home = stage.folder('home');
  mkdirSync(home, { recursive: true });
  const env = { HOME: home, XDG_RUNTIME_DIR: home, XDG_CONFIG_HOME: '', KUBECONFIG: stage.kubeconfig };
  return {
    ports: (count) => Array.from({ length: count }, () => next++),
    async start(name, wanted, until = 'ready') {
      started += 1;
      const log = join(home, `${name}-${started}.log`);
      const command = name === 'kubectl' ? kubectl(wanted) : svclane(wanted, main);
      const running = await startReady(stage.on('laptop', command), { said: SAID[until], log, env });
      return programOf(name, running, gen, wanted);
    },
  };
}

function kubectl(wanted: readonly Wanted[]): readonly string[] {
  const [{ target, pairs } = { target: '', pairs: [] }] = wanted;
  return [binary('kubectl'), 'port-forward', target, ...pairs.map(({ local, remote }) => `${local}:${remote}`)];
}

function svclane(wanted: readonly Wanted[], main: string): readonly string[] {
  const profile = process.env.SVCLANE_BENCH_NODE_OPTIONS?.split(' ') ?? [];
  const words = wanted.flatMap(({ target, pairs }) => [
    target,
    ...pairs.map(({ local, remote }) => `${local}:${remote}`),
  ]);
  return [process.execPath, ...profile, main, 'forward', ...words];
}

function programOf(name: ProgramName, running: Running, gen: Gen, wanted: readonly Wanted[]): Program {
  const pairs = wanted.flatMap((each) => each.pairs);
  const address = (remote: number): string => {
    return `127.0.0.1:${pairs.find((pair) => pair.remote === remote)?.local}`;
  };
  return {
    name,
    address,
    cpuSeconds: () => cpuSecondsOf(running.pid),
    rssBytes: () => rssBytesOf(running.pid),
    async serves() {
      for (let tries = 0; tries < ANSWER_TRIES; tries++) {
        if (running.child.exitCode !== null) return false;
        if (await answers(gen, address(HTTP_PORT))) return true;
        await delay(BETWEEN_TRIES_MS);
      }
      return false;
    },
    stop: () => running.stop(),
  };
}

async function answers(gen: Gen, address: string): Promise<boolean> {
  const { good } = await gen.run('laptop', 'burst', address, '1');
  return good === 1;
}
