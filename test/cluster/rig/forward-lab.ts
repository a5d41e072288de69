/**
 * A cluster for `svclane forward`, and a laptop beside it: a network that has the API server, and no route to pods.
 */

import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { IMAGE_PREFIX } from '../build/images.ts';
import { runCommand } from '../build/run-command.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { eventually } from './eventually.ts';
import { type RigProcess, startProcess } from './rig-process.ts';

const run = promisify(execFile);
const MAIN = join(import.meta.dirname, '../../../src/main.ts');
/** For what pods, kubelets and controllers do. */
export const PATIENCE = { timeoutMs: 120_000, everyMs: 250 };
/** New connections, one after the other, until it is told to stop: then how many answers there were, and what failed. */
const LOAD = `
const [url] = process.argv.slice(1);
let stop = false, good = 0;
const bad = [], pods = {};
process.on('SIGTERM', () => { stop = true; });
console.log('loading');
while (!stop) {
  try {
    const answer = await fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(15000) });
    const pod = await answer.text();
    pods[pod] = (pods[pod] ?? 0) + 1;
    good += 1;
  } catch (error) { bad.push(String(error.cause?.code ?? error)); }
  await new Promise((resolve) => setTimeout(resolve, 10));
}
console.log(JSON.stringify({ good, bad, pods }));`;

/** What of a test a forward needs. */
interface TestHost {
  teardown(callback: () => unknown): void;
}

/** What came of a load. */
export interface LoadResult {
  readonly good: number;
  readonly bad: readonly string[];
}

/** Pods run `agnhost netexec`, whose answer to `/hostname` is the pod's name. */
export interface PodOptions {
  readonly namespace?: string;
  /** A name of the port, and its number. */
  readonly port?: number;
  readonly portName?: string;
}

/** A cluster with one node. Its owner calls `cluster.stop`. */
export class ForwardLab {
  readonly cluster: Cluster;
  /** The laptop's home folder. */
  readonly home: string;
  /** A kubeconfig of its own, which a test may change. */
  readonly kubeconfig: string;
  #started = 0;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
    this.home = cluster.run.path('home');
    mkdirSync(this.home);
    this.kubeconfig = join(this.home, 'config');
    writeFileSync(this.kubeconfig, readFileSync(cluster.kubeconfig('admin')));
  }

  /** Starts `svclane forward`; nothing is added to its arguments. */
  start(...args: readonly string[]): RigProcess {
    return this.process('forward', process.execPath, '--no-warnings', MAIN, 'forward', ...args);
  }

  /** Starts a process on the laptop. */
  process(name: string, ...command: readonly string[]): RigProcess {
    this.#started += 1;
    const { run: runOf, lan } = this.cluster;
    const spec = {
      name: `${name}-${this.#started}`,
      netns: lan.netns,
      command,
      env: this.#environment(),
      cwd: this.home,
    };
    return startProcess(runOf, spec);
  }

  /** A forward through the API server that is ready, ended with the test, and its first local port. */
  async forward(t: TestHost, ...args: readonly string[]): Promise<{ port: number; process: RigProcess }> {
    const running = this.start(...args, '--transport', 'apiserver');
    t.teardown(() => end(running));
    const [, port] = await said(running, /Forwarding from 127\.0\.0\.1:(\d+)[\s\S]*Ready: 1 of 1/);
    return { port: Number(port), process: running };
  }

  /** Runs a command on the laptop; resolves with its standard output. */
  async onLaptop(...command: readonly string[]): Promise<string> {
    const env = { ...process.env, ...this.#environment() };
    const wrapped = [`--net=/run/netns/${this.cluster.lan.netns}`, '--', ...command];
    const { stdout } = await run('nsenter', wrapped, { env, cwd: this.home });
    return stdout;
  }

  /** The answer of a pod, by way of a local port. */
  get(port: number, { seconds = 20, host = '127.0.0.1' } = {}): Promise<string> {
    return this.onLaptop('curl', '-sSf', '-m', String(seconds), `http://${host}:${port}/hostname`);
  }

  /** Runs another command of svclane on the laptop. */
  svclane(...args: readonly string[]): Promise<string> {
    return this.onLaptop(process.execPath, '--no-warnings', MAIN, ...args);
  }

  /** A process on the laptop that answers `local` by HTTP. */
  async startLocal(port: number): Promise<RigProcess> {
    const code = `require('node:http').createServer((q, a) => a.end('local')).listen(${port}, '127.0.0.1', () => console.log('up'))`;
    const local = this.process('local', process.execPath, '-e', code);
    await eventually('the local one listens', async () => local.output().includes('up'));
    return local;
  }

  /** Starts a load; what is given back ends it. */
  async startLoad(port: number): Promise<() => Promise<LoadResult>> {
    const url = `http://127.0.0.1:${port}/hostname`;
    const load = this.process('load', process.execPath, '--input-type=module', '-e', LOAD, url);
    await eventually('the load runs', async () => load.output().includes('loading'));
    return async () => {
      load.kill('SIGTERM');
      await load.exited;
      return JSON.parse(load.output().trim().split('\n').at(-1) ?? '{}');
    };
  }

  /** What is made may need something that comes a moment later, as pods need the ServiceAccount of their namespace. */
  async create(path: string, object: unknown): Promise<void> {
    const made = async (): Promise<boolean> => (await this.cluster.api.request('POST', path, object)).status === 201;
    await eventually(`an object is made at ${path}`, made, { timeoutMs: 30_000, everyMs: 200 });
  }

  async createService(name: string, spec: Readonly<Record<string, unknown>>, namespace = 'default'): Promise<void> {
    const object = { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec };
    await this.create(`/api/v1/namespaces/${namespace}/services`, object);
  }

  async createPod(name: string, app: string, options: PodOptions = {}): Promise<void> {
    const { namespace = 'default' } = options;
    const metadata = { name, namespace, labels: { app } };
    const object = { apiVersion: 'v1', kind: 'Pod', metadata, spec: podSpec(options) };
    await this.create(`/api/v1/namespaces/${namespace}/pods`, object);
  }

  /** A Deployment whose pods bear its name as their label `app`. */
  async createDeployment(name: string, replicas: number, options: PodOptions = {}): Promise<void> {
    const { namespace = 'default' } = options;
    await this.create(`/apis/apps/v1/namespaces/${namespace}/deployments`, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace },
      spec: {
        replicas,
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name } }, spec: podSpec(options) },
      },
    });
  }

  /** The names of the ready pods with a label that do not end, sorted. */
  async readyPods(app: string, namespace = 'default'): Promise<string[]> {
    const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=app%3D${app}`;
    const { body } = await this.cluster.api.request('GET', path);
    const pods: readonly Pod[] = JSON.parse(body).items;
    return pods
      .filter(isReady)
      .map(({ metadata }) => metadata.name)
      .sort();
  }

  #environment(): Readonly<Record<string, string>> {
    return { HOME: this.home, XDG_RUNTIME_DIR: this.home, KUBECONFIG: this.kubeconfig, NO_COLOR: '1' };
  }
}

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Starts one. */
export async function startForwardLab(): Promise<ForwardLab> {
  const cluster = await startCluster({ nodes: 1 });
  // The control plane shares the laptop's network. It asks kubelets, and no pods.
  const within = `--net=/run/netns/${cluster.lan.netns}`;
  for (const range of cluster.nodes.flatMap(({ podRanges }) => podRanges)) {
    runCommand('nsenter', [within, 'ip', range.includes(':') ? '-6' : '-4', 'route', 'del', range]);
  }
  return new ForwardLab(cluster);
}

/** Waits until a process says something; what it said instead is the cause of the error. */
export function said(process: RigProcess, what: RegExp): Promise<RegExpExecArray> {
  const look = async (): Promise<RegExpExecArray> => {
    const found = what.exec(process.output());
    if (found) return found;
    throw new Error(process.output());
  };
  return eventually(`it says ${what}`, look, PATIENCE);
}

/** Ends a process, and waits for its end. */
export async function end(process: RigProcess): Promise<void> {
  process.kill('SIGKILL');
  await process.exited;
}

function isReady({ metadata, status }: Pod): boolean {
  const conditions = status.conditions ?? [];
  return (
    metadata.deletionTimestamp === undefined &&
    conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True')
  );
}

function podSpec({ port = 8080, portName = 'http' }: PodOptions): Readonly<Record<string, unknown>> {
  return {
    terminationGracePeriodSeconds: 10,
    containers: [
      {
        name: 'web',
        image: `${IMAGE_PREFIX}/agnhost:2.63.0`,
        imagePullPolicy: 'Never',
        args: ['netexec', `--http-port=${port}`, '--udp-port=-1', '--delay-shutdown=3'],
        ports: [{ name: portName, containerPort: port }],
        readinessProbe: { httpGet: { path: '/hostname', port: portName }, periodSeconds: 1 },
      },
    ],
  };
}
