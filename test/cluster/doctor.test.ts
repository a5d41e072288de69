/**
 * `svclane doctor` on a node of a real cluster: rights, versions and sockets as they are.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { User } from './rig/control-plane.ts';
import { BACKEND_PORT, startLab } from './rig/lab.ts';
import { endpointSlice, service } from './rig/objects.ts';
import { startProcess } from './rig/rig-process.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts');

const lab = await startLab();
t.teardown(() => lab.stop());
const { run, node, api } = lab;
const [first, second] = lab.backends;
const at = { name: 'web', ports: [{ name: 'http', port: BACKEND_PORT }] };
await api.apply(service({ name: 'web', clusterIP: '10.96.7.1', ports: [{ name: 'http', port: 80 }] }));
const endpoints = [{ address: first.ipv4 }, { address: second.ipv4, ready: false }, { address: '10.244.1.2' }];
await api.apply(endpointSlice({ ...at, endpoints: endpoints.slice(0, 2) }));

let runs = 0;

async function doctor(user: User, ...args: readonly string[]) {
  const command = [process.execPath, MAIN, 'doctor', ...args, '--kubeconfig', lab.kubeconfig(user)];
  const svclane = startProcess(run, { name: `doctor-${++runs}`, netns: node.netns, command });
  return { code: await svclane.exited, output: svclane.output() };
}

await t.test('a Service in order is found in order, to the pod', async (t) => {
  const { code, output } = await doctor('admin', 'svc/web', '-n', 'default', '--probe');
  t.equal(code, 0, output);
  for (const line of [
    /^\[ok\] {4}configuration: valid, mode dev$/m,
    /^\[ok\] {4}context \S+, https:/m,
    /^\[ok\] {4}API server v1\.36\.\d+, answered in \d+ms$/m,
    /^\[ok\] {4}clock: as that of the API server$/m,
    /^\[ok\] {4}can list\/watch services, endpointslices \(.*\)$/m,
    /^\[ok\] {4}pods\/portforward: get=yes create=yes$/m,
    /^\[ok\] {4}Service exists, ClusterIP 10\.96\.7\.1$/m,
    /^\[ok\] {4}port "http": 1 of 2 endpoints usable$/m,
    /^\[ok\] {4}probe 10\.244\.1\.2:8080 \d+ms, TCP accepted$/m,
    /^\[ok\] {4}probe 10\.244\.1\.3:8080 \d+ms, TCP accepted \(clients do not get it, yet it is alive\)$/m,
    /^0 failed, 0 warnings, \d skipped\n$/m,
  ])
    t.match(output, line);
});

await t.test('a port without usable endpoints fails with the command that explains, exit 4', async (t) => {
  await api.apply(endpointSlice({ ...at, endpoints: endpoints.slice(1, 2) }));
  const { code, output } = await doctor('admin', 'svc/web:http', '-n', 'default', '-o', 'json');
  t.equal(code, 4);
  const next = 'see: svclane explain svc/web:http -n default';
  t.match(
    JSON.parse(output).findings.filter(({ state }: { state: string }) => state === 'fail'),
    [{ check: 'endpoints', state: 'fail', message: 'port "http": 0 of 1 endpoints usable', next }],
  );
});

await t.test('rights that are missing fail with exit 5, each with the rule to apply', async (t) => {
  const { code, output } = await doctor('nobody', 'svc/web');
  t.equal(code, 5);
  t.match(output, /^\[fail\] {2}cannot watch endpointslices in .* {3}kubectl apply -f config\/rbac\.yaml$/m);
  t.match(output, /^\[warn\] {2}pods\/portforward: get=no create=no/m);
  t.notMatch(output, /Service exists/, 'what cannot be read is not looked at');
});

await t.test('credentials that are not accepted, and a server that is away, fail with exit 5', async (t) => {
  t.match(await doctor('stranger'), { code: 5, output: /^\[fail\] {2}.*401/m });
  await lab.killApiServer();
  t.match(await doctor('admin'), { code: 5, output: /^\[fail\] {2}cannot reach the API server .*REFUSED/m });
});

await t.test('a port that another process holds is told, with the process', async (t) => {
  const config = { mode: 'node', nodeName: node.name, health: { bindAddress: '127.0.0.1:10256' } };
  await lab.onNode.serveTcp({ address: '127.0.0.1', port: 10_256, identity: 'squatter' });
  const file = run.path('doctor.yaml');
  writeFileSync(file, JSON.stringify({ apiVersion: 'svclane.dev/v1alpha1', kind: 'ProxyConfiguration', ...config }));
  const { output } = await doctor('admin', '--config', file);
  t.match(output, /^\[fail\] {2}port 10256\/tcp \(health\) is held by .*agent\.ts \(pid \d+\) +ps -fp \d+$/m);
});
