/**
 * `svclane forward` on a real API server, kubelet, container runtime and pods, from a network that has no route to them.
 */

import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { IMAGE_PREFIX } from './build/images.ts';
import { startCluster } from './rig/cluster.ts';
import { eventually } from './rig/eventually.ts';
import { type RigProcess, startProcess } from './rig/rig-process.ts';

const run = promisify(execFile);
const MAIN = join(import.meta.dirname, '../../src/main.ts');
const PATIENCE = { timeoutMs: 120_000, everyMs: 250 };
const NAMESPACE = '/api/v1/namespaces/default';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
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

const cluster = await startCluster({ nodes: 1 });
t.teardown(() => cluster.stop());
const home = cluster.run.path('home');
mkdirSync(home);
/** A token in a file of its own, which a test can rotate. */
const kubeconfig = join(home, 'config');
writeFileSync(kubeconfig, readFileSync(cluster.kubeconfig('admin')));
const environment = { HOME: home, XDG_RUNTIME_DIR: home, KUBECONFIG: kubeconfig };
let started = 0;

await createDeployment();
await createService('web', { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] });
await createService('pods', {
  clusterIP: 'None',
  selector: { app: 'web' },
  ports: [{ name: 'http', port: 80, targetPort: 'http' }],
});
await createService('away', { type: 'ExternalName', externalName: 'db.example.com' });
await eventually('three pods are ready', async () => (await readyPods()).length === 3, PATIENCE);

await t.test('connections are balanced over three pods', async (t) => {
  const { port } = await forward(t, 'svc/web', ':http', '--wait-ready', '60s');
  const names = new Set<string>();
  for (let i = 0; i < 9; i++) names.add(await get(port));
  t.same([...names].sort(), await readyPods());
});

await t.test('a rollout under load costs no client an error', async (t) => {
  const { port } = await forward(t, 'svc/web', ':http', '--wait-ready', '60s');
  const before = await readyPods();
  const load = await startLoad(port);
  await patchDeployment({ spec: { template: { metadata: { annotations: { rollout: String(started) } } } } });
  const isOver = async (): Promise<boolean> => {
    const names = await readyPods();
    return names.length === 3 && names.every((name) => !before.includes(name));
  };
  await eventually('the rollout is over', isOver, PATIENCE);
  const { good, bad } = await load();
  t.same(bad, []);
  t.ok(good > 50, `${good} answers`);
});

await t.test('a pod that is killed is left, and the local port stays', async (t) => {
  const { port, process } = await forward(t, 'deploy/web', ':http', '--wait-ready', '60s');
  const [victim = ''] = await readyPods();
  const load = await startLoad(port);
  await cluster.api.request('DELETE', `${NAMESPACE}/pods/${victim}?gracePeriodSeconds=0`);
  await eventually(
    'it is told of',
    async () => new RegExp(`${victim} (terminating|is gone)`).test(process.output()),
    PATIENCE,
  );
  await eventually(
    'another one is ready',
    async () => (await readyPods()).filter((name) => name !== victim).length === 3,
    PATIENCE,
  );
  const { good, bad } = await load();
  t.ok(good > 10);
  t.ok(bad.length <= 1, `${bad.length} of ${good + bad.length} failed: ${bad}`);
});

await t.test('the API server is restarted, and clients wait for it', async (t) => {
  const { port, process } = await forward(t, 'svc/web', ':http', '--wait-ready', '60s');
  await get(port);
  await cluster.killApiServer();
  await eventually('it is told of', async () => process.output().includes('lanes stay'), PATIENCE);
  const waiting = get(port);
  await cluster.startApiServer();
  t.match(await waiting, /^web-/);
});

await t.test('a token is rotated in the kubeconfig, and it goes on', async (t) => {
  const { port, process } = await forward(t, 'svc/web', ':http', '--wait-ready', '60s');
  const text = readFileSync(kubeconfig, 'utf8');
  t.teardown(() => writeFileSync(kubeconfig, text));
  const token = await serviceAccountToken();
  writeFileSync(kubeconfig, text.replace(/("?token"?: *)("[^"]*"|\S+)/, `$1"${token}"`));
  await eventually(
    'the credentials are read again',
    async () => process.output().includes('were read again'),
    PATIENCE,
  );
  t.match(await get(port), /^web-/);
});

await t.test('a named port has its own number in each pod', async (t) => {
  await createPod('odd-a', 'odd', 8081);
  await createPod('odd-b', 'odd', 8082);
  await createService('odd', { selector: { app: 'odd' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] });
  const { port } = await forward(t, 'svc/odd', ':http', '--wait-ready', '60s');
  const names = new Set<string>();
  const both = async (): Promise<boolean> => names.add(await get(port)).size === 2;
  t.ok(await eventually('both have answered', both, PATIENCE));
});

await t.test('headless Services and ExternalNames by DNS, and curl by SOCKS', async (t) => {
  const process = start('--socks', '127.0.0.1:11080', '--dns', '127.0.0.1:15353', '--transport', 'apiserver');
  t.teardown(() => end(process));
  await eventually('it is ready', async () => process.output().includes('Ready:'), PATIENCE);
  const ask = async (name: string, type: string): Promise<string[]> => {
    const code = `const r = new (require('node:dns/promises').Resolver)(); r.setServers(['127.0.0.1:15353']);
      r.resolve('${name}', '${type}').then((a) => console.log(JSON.stringify(a)))`;
    return JSON.parse(await inLan('node', '-e', code));
  };
  t.equal((await ask('pods.default.svc.cluster.local', 'A')).length, 3);
  t.same(await ask('away.default.svc.cluster.local', 'CNAME'), ['db.example.com']);
  const proxy = ['-x', 'socks5h://127.0.0.1:11080'];
  t.match(await inLan('curl', '-sS', '-m', '20', ...proxy, 'http://web.default/hostname'), /^web-/);
  t.match(await inLan('curl', '-sS', '-m', '20', ...proxy, 'http://pods.default.svc.cluster.local/hostname'), /^web-/);
});

await t.test('an override takes clients to this machine, and to the cluster where that refuses', async (t) => {
  const { port } = await forward(t, 'svc/web', ':http', '--wait-ready', '60s');
  await svclane('override', 'svc/web=localhost:13000', '--fallback', 'cluster', '--ttl', '1h');
  t.match(await get(port), /^web-/, 'nobody listens');
  const local =
    "require('node:http').createServer((q, a) => a.end('local')).listen(13000, '127.0.0.1', () => console.log('up'))";
  const server = startProcess(cluster.run, {
    name: 'local',
    netns: cluster.lan.netns,
    command: [execPath(), '-e', local],
  });
  t.teardown(() => end(server));
  await eventually('the local one listens', async () => server.output().includes('up'));
  t.equal(await get(port), 'local');
  await svclane('override', '--delete', 'svc/web');
  t.match(await get(port), /^web-/);
});

await t.test('each fault does what it says, and is over by itself', async (t) => {
  const { port } = await forward(t, 'svc/web', ':http', '--wait-ready', '60s');
  const fails = (): Promise<boolean> =>
    get(port, 2).then(
      () => false,
      () => true,
    );
  const took = async (): Promise<number> => {
    const startMs = Date.now();
    await get(port);
    return Date.now() - startMs;
  };
  for (const [flag, value] of [
    ['--refuse', '100%'],
    ['--blackhole', '100%'],
    ['--reset', '100%'],
  ] as const) {
    await svclane('fault', 'svc/web', `${flag}=${value}`, '--ttl', '4s');
    t.ok(await fails(), flag);
    t.ok(await eventually(`${flag} is over`, async () => !(await fails()), PATIENCE));
  }
  await svclane('fault', 'svc/web', '--latency', '900ms', '--ttl', '5s');
  t.ok((await took()) >= 900, 'latency');
  t.ok(await eventually('the latency is over', async () => (await took()) < 900, PATIENCE));
  await svclane('fault', 'svc/web', '--bandwidth', '100B/s', '--ttl', '5s');
  t.ok((await took()) >= 900, 'bandwidth: an answer has more than 100 bytes');
  t.ok(await eventually('the bandwidth is over', async () => (await took()) < 900, PATIENCE));
});

await t.test('a command runs with the variables, and ends the forward', async (t) => {
  const script = 'curl -sS -m 20 http://$WEB_HOST:$WEB_PORT/hostname; exit 9';
  const process = start('svc/web', ':http', '--wait-ready', '60s', '--', 'sh', '-c', script);
  t.equal(await process.exited, 9);
  t.match(process.output(), /web-[a-z0-9]+-[a-z0-9]+$/);
});

await t.test('who has no rights is told which', async (t) => {
  const process = start('svc/web', ':http', '--kubeconfig', cluster.kubeconfig('nobody'));
  t.equal(await process.exited, 5);
  t.match(process.output(), /not allowed to get services in namespace default/);
  t.match(process.output(), /kind: Role\nmetadata: \{name: svclane-forward, namespace: default\}/);
});

function execPath(): string {
  return process.execPath;
}

function start(...args: readonly string[]): RigProcess {
  started += 1;
  const command = [execPath(), '--no-warnings', MAIN, 'forward', ...args];
  return startProcess(cluster.run, { name: `forward-${started}`, netns: cluster.lan.netns, command, env: environment });
}

async function end(process: RigProcess): Promise<void> {
  process.kill('SIGKILL');
  await process.exited;
}

/** A forward that is ready, ended with the test, and its first local port. */
async function forward(
  t: { teardown(callback: () => unknown): void },
  ...args: readonly string[]
): Promise<{ port: number; process: RigProcess }> {
  const running = start(...args, '--transport', 'apiserver');
  t.teardown(() => end(running));
  const find = async (): Promise<string | undefined> => {
    return /Forwarding from 127\.0\.0\.1:(\d+)[\s\S]*Ready: 1 of 1/.exec(running.output())?.[1];
  };
  return { port: Number(await eventually('the forward is ready', find, PATIENCE)), process: running };
}

async function inLan(...command: readonly string[]): Promise<string> {
  const env = { ...process.env, ...environment };
  const { stdout } = await run('nsenter', [`--net=/run/netns/${cluster.lan.netns}`, '--', ...command], { env });
  return stdout;
}

function get(port: number, seconds = 20): Promise<string> {
  return inLan('curl', '-sSf', '-m', String(seconds), `http://127.0.0.1:${port}/hostname`);
}

function svclane(...args: readonly string[]): Promise<string> {
  return inLan(execPath(), '--no-warnings', MAIN, ...args);
}

async function startLoad(port: number): Promise<() => Promise<{ good: number; bad: string[] }>> {
  started += 1;
  const command = [execPath(), '--input-type=module', '-e', LOAD, `http://127.0.0.1:${port}/hostname`];
  const load = startProcess(cluster.run, { name: `load-${started}`, netns: cluster.lan.netns, command });
  await eventually('the load runs', async () => load.output().includes('loading'));
  return async () => {
    load.kill('SIGTERM');
    await load.exited;
    return JSON.parse(load.output().trim().split('\n').at(-1) ?? '{}');
  };
}

function podSpec(port: number): Readonly<Record<string, unknown>> {
  return {
    terminationGracePeriodSeconds: 10,
    containers: [
      {
        name: 'web',
        image: `${IMAGE_PREFIX}/agnhost:2.63.0`,
        imagePullPolicy: 'Never',
        args: ['netexec', `--http-port=${port}`, '--udp-port=-1', '--delay-shutdown=3'],
        ports: [{ name: 'http', containerPort: port }],
        readinessProbe: { httpGet: { path: '/hostname', port: 'http' }, periodSeconds: 1 },
      },
    ],
  };
}

async function createDeployment(): Promise<void> {
  await create(DEPLOYMENTS, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: podSpec(8080) },
    },
  });
}

function createPod(name: string, app: string, port: number): Promise<void> {
  const metadata = { name, namespace: 'default', labels: { app } };
  return create(`${NAMESPACE}/pods`, { apiVersion: 'v1', kind: 'Pod', metadata, spec: podSpec(port) });
}

function createService(name: string, spec: Readonly<Record<string, unknown>>): Promise<void> {
  const metadata = { name, namespace: 'default' };
  return create(`${NAMESPACE}/services`, { apiVersion: 'v1', kind: 'Service', metadata, spec });
}

/** The ServiceAccount that pods need comes a moment after the namespace. */
async function create(path: string, object: unknown): Promise<void> {
  const made = async (): Promise<boolean> => (await cluster.api.request('POST', path, object)).status === 201;
  await eventually(`an object is made at ${path}`, made, { timeoutMs: 30_000, everyMs: 200 });
}

async function patchDeployment(patch: unknown): Promise<void> {
  await cluster.api.request('PATCH', `${DEPLOYMENTS}/web`, patch, 'application/merge-patch+json');
}

/** The names of the ready pods of the Deployment that do not end, sorted. */
async function readyPods(): Promise<string[]> {
  const { body } = await cluster.api.request('GET', `${NAMESPACE}/pods?labelSelector=app%3Dweb`);
  const pods: readonly {
    metadata: { name: string; deletionTimestamp?: string };
    status: { conditions?: readonly { type: string; status: string }[] };
  }[] = JSON.parse(body).items;
  const isReady = (pod: (typeof pods)[number]): boolean =>
    pod.metadata.deletionTimestamp === undefined &&
    (pod.status.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');
  return pods
    .filter(isReady)
    .map(({ metadata }) => metadata.name)
    .sort();
}

/** A token for an account that may do everything. */
async function serviceAccountToken(): Promise<string> {
  const account = { kind: 'ServiceAccount', namespace: 'default', name: 'default' };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' };
  await create('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'rotated' },
    roleRef,
    subjects: [account],
  });
  const path = `${NAMESPACE}/serviceaccounts/default/token`;
  const { body } = await cluster.api.request('POST', path, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
  });
  return JSON.parse(body).status.token;
}
