/**
 * `svclane forward` on a real API server, kubelet, container runtime and pods, from a network that has no route to them.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { eventually } from './rig/eventually.ts';
import { end, PATIENCE, startForwardLab } from './rig/forward-lab.ts';

const NAMESPACE = '/api/v1/namespaces/default';
const HTTP = [{ name: 'http', port: 80, targetPort: 'http' }];

const lab = await startForwardLab();
t.teardown(() => lab.cluster.stop());
await lab.createDeployment('web', 3);
await lab.createService('web', { selector: { app: 'web' }, ports: HTTP });
await lab.createService('pods', { clusterIP: 'None', selector: { app: 'web' }, ports: HTTP });
await lab.createService('away', { type: 'ExternalName', externalName: 'db.example.com' });
await eventually('three pods are ready', async () => (await lab.readyPods('web')).length === 3, PATIENCE);

await t.test('connections are balanced over three pods', async (t) => {
  const { port } = await lab.forward(t, 'svc/web', ':http', '--wait-ready', '60s');
  const names = new Set<string>();
  for (let i = 0; i < 9; i++) names.add(await lab.get(port));
  t.same([...names].sort(), await lab.readyPods('web'));
});

await t.test('a rollout under load costs no client an error', async (t) => {
  const { port } = await lab.forward(t, 'svc/web', ':http', '--wait-ready', '60s');
  const before = await lab.readyPods('web');
  const load = await lab.startLoad(port);
  await patchDeployment({ spec: { template: { metadata: { annotations: { rollout: 'second' } } } } });
  const isOver = async (): Promise<boolean> => {
    const names = await lab.readyPods('web');
    return names.length === 3 && names.every((name) => !before.includes(name));
  };
  await eventually('the rollout is over', isOver, PATIENCE);
  const { good, bad } = await load();
  t.same(bad, []);
  t.ok(good > 50, `${good} answers`);
});

await t.test('a pod that is killed is left, and the local port stays', async (t) => {
  const { port, process } = await lab.forward(t, 'deploy/web', ':http', '--wait-ready', '60s');
  const [victim = ''] = await lab.readyPods('web');
  const load = await lab.startLoad(port);
  await lab.cluster.api.request('DELETE', `${NAMESPACE}/pods/${victim}?gracePeriodSeconds=0`);
  await eventually(
    'it is told of',
    async () => new RegExp(`${victim} (terminating|is gone)`).test(process.output()),
    PATIENCE,
  );
  await eventually(
    'another one is ready',
    async () => (await lab.readyPods('web')).filter((name) => name !== victim).length === 3,
    PATIENCE,
  );
  const { good, bad } = await load();
  t.ok(good > 10);
  t.ok(bad.length <= 1, `${bad.length} of ${good + bad.length} failed: ${bad}`);
});

await t.test('the API server is restarted, and clients wait for it', async (t) => {
  const { port, process } = await lab.forward(t, 'svc/web', ':http', '--wait-ready', '60s');
  await lab.get(port);
  await lab.cluster.killApiServer();
  await eventually('it is told of', async () => process.output().includes('lanes stay'), PATIENCE);
  const waiting = lab.get(port);
  await lab.cluster.startApiServer();
  t.match(await waiting, /^web-/);
});

await t.test('a token is rotated in the kubeconfig, and it goes on', async (t) => {
  const { port, process } = await lab.forward(t, 'svc/web', ':http', '--wait-ready', '60s');
  const text = readFileSync(lab.kubeconfig, 'utf8');
  t.teardown(() => writeFileSync(lab.kubeconfig, text));
  const token = await serviceAccountToken();
  writeFileSync(lab.kubeconfig, text.replace(/("?token"?: *)("[^"]*"|\S+)/, `$1"${token}"`));
  await eventually(
    'the credentials are read again',
    async () => process.output().includes('were read again'),
    PATIENCE,
  );
  t.match(await lab.get(port), /^web-/);
});

await t.test('a named port has its own number in each pod', async (t) => {
  await lab.createPod('odd-a', 'odd', { port: 8081 });
  await lab.createPod('odd-b', 'odd', { port: 8082 });
  await lab.createService('odd', { selector: { app: 'odd' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] });
  const { port } = await lab.forward(t, 'svc/odd', ':http', '--wait-ready', '60s');
  const names = new Set<string>();
  const both = async (): Promise<boolean> => names.add(await lab.get(port)).size === 2;
  t.ok(await eventually('both have answered', both, PATIENCE));
});

await t.test('headless Services and ExternalNames by DNS, and curl by SOCKS', async (t) => {
  const process = lab.start('--socks', '127.0.0.1:11080', '--dns', '127.0.0.1:15353', '--transport', 'apiserver');
  t.teardown(() => end(process));
  await eventually('it is ready', async () => process.output().includes('Ready:'), PATIENCE);
  const ask = async (name: string, type: string): Promise<string[]> => {
    const code = `const r = new (require('node:dns/promises').Resolver)(); r.setServers(['127.0.0.1:15353']);
      r.resolve('${name}', '${type}').then((a) => console.log(JSON.stringify(a)))`;
    return JSON.parse(await lab.onLaptop('node', '-e', code));
  };
  t.equal((await ask('pods.default.svc.cluster.local', 'A')).length, 3);
  t.same(await ask('away.default.svc.cluster.local', 'CNAME'), ['db.example.com']);
  const proxy = ['-x', 'socks5h://127.0.0.1:11080'];
  t.match(await lab.onLaptop('curl', '-sS', '-m', '20', ...proxy, 'http://web.default/hostname'), /^web-/);
  t.match(
    await lab.onLaptop('curl', '-sS', '-m', '20', ...proxy, 'http://pods.default.svc.cluster.local/hostname'),
    /^web-/,
  );
});

await t.test('an override takes clients to this machine, and to the cluster where that refuses', async (t) => {
  const { port } = await lab.forward(t, 'svc/web', ':http', '--wait-ready', '60s');
  await lab.svclane('override', 'svc/web=localhost:13000', '--fallback', 'cluster', '--ttl', '1h');
  t.match(await lab.get(port), /^web-/, 'nobody listens');
  const server = await lab.startLocal(13_000);
  t.teardown(() => end(server));
  t.equal(await lab.get(port), 'local');
  await lab.svclane('override', '--delete', 'svc/web');
  t.match(await lab.get(port), /^web-/);
});

await t.test('each fault does what it says, and is over by itself', async (t) => {
  const { port } = await lab.forward(t, 'svc/web', ':http', '--wait-ready', '60s');
  const fails = (): Promise<boolean> =>
    lab.get(port, { seconds: 2 }).then(
      () => false,
      () => true,
    );
  const took = async (): Promise<number> => {
    const startMs = Date.now();
    await lab.get(port);
    return Date.now() - startMs;
  };
  for (const [flag, value] of [
    ['--refuse', '100%'],
    ['--blackhole', '100%'],
    ['--reset', '100%'],
  ] as const) {
    await lab.svclane('fault', 'svc/web', `${flag}=${value}`, '--ttl', '4s');
    t.ok(await fails(), flag);
    t.ok(await eventually(`${flag} is over`, async () => !(await fails()), PATIENCE));
  }
  await lab.svclane('fault', 'svc/web', '--latency', '900ms', '--ttl', '5s');
  t.ok((await took()) >= 900, 'latency');
  t.ok(await eventually('the latency is over', async () => (await took()) < 900, PATIENCE));
  await lab.svclane('fault', 'svc/web', '--bandwidth', '100B/s', '--ttl', '5s');
  t.ok((await took()) >= 900, 'bandwidth: an answer has more than 100 bytes');
  t.ok(await eventually('the bandwidth is over', async () => (await took()) < 900, PATIENCE));
});

await t.test('a command runs with the variables, and ends the forward', async (t) => {
  const script = 'curl -sS -m 20 http://$WEB_HOST:$WEB_PORT/hostname; exit 9';
  const process = lab.start('svc/web', ':http', '--wait-ready', '60s', '--', 'sh', '-c', script);
  t.equal(await process.exited, 9);
  t.match(process.output(), /web-[a-z0-9]+-[a-z0-9]+$/);
});

await t.test('who has no rights is told which', async (t) => {
  const process = lab.start('svc/web', ':http', '--kubeconfig', lab.cluster.kubeconfig('nobody'));
  t.equal(await process.exited, 5);
  t.match(process.output(), /not allowed to list services in namespace default/);
  t.match(process.output(), /kind: Role\nmetadata: \{name: svclane-forward, namespace: default\}/);
});

async function patchDeployment(patch: unknown): Promise<void> {
  const path = '/apis/apps/v1/namespaces/default/deployments/web';
  await lab.cluster.api.request('PATCH', path, patch, 'application/merge-patch+json');
}

/** A token for an account that may do everything. */
async function serviceAccountToken(): Promise<string> {
  const account = { kind: 'ServiceAccount', namespace: 'default', name: 'default' };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' };
  await lab.create('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'rotated' },
    roleRef,
    subjects: [account],
  });
  const path = `${NAMESPACE}/serviceaccounts/default/token`;
  const { body } = await lab.cluster.api.request('POST', path, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
  });
  return JSON.parse(body).status.token;
}
