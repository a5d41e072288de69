/**
 * A real kube-proxy's rules, compared with what the real API asks for. The kernel may lack IPVS: mode ipvs is tested where it
 * has it.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { auditObjects } from '../fixtures/audit-rules.ts';
import { ensureBuilt } from './build/ensure-built.ts';
import { runCommand } from './build/run-command.ts';
import type { ApiObject } from './rig/api-client.ts';
import { eventually } from './rig/eventually.ts';
import { type KubeProxyMode, startKubeProxy } from './rig/kube-proxy.ts';
import { startLab } from './rig/lab.ts';
import { endpointSlice, service } from './rig/objects.ts';
import { type RigProcess, startProcess } from './rig/rig-process.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts');

ensureBuilt('kube-proxy');
const lab = await startLab();
t.teardown(() => lab.stop());
const { node, run, api } = lab;
const enter = `--net=/run/netns/${node.netns}`;

await api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
for (const { status, ...object } of auditObjects()) await applyWhole(object, status);
// svclane serves nothing here: it follows the API, and keeps its history.
const none = { clusterIP: false, nodePorts: false, externalIPs: false, loadBalancerIPs: false };
await lab.startSvclane({ more: { frontends: none, host: { capture: 'none' } } });
const socket = run.path(`${node.name}.sock`);

async function applyWhole(object: ApiObject, status: unknown): Promise<void> {
  const { apiVersion, kind, metadata } = object;
  // Of a Node the addresses are a list that apply cannot have two InternalIPs in.
  if (kind === 'Node') {
    const path = `/api/v1/nodes/${metadata.name}/status`;
    await api.request('PATCH', path, { status }, 'application/merge-patch+json');
    return;
  }
  await api.apply(object);
  if (status !== undefined) await api.applyStatus({ apiVersion, kind, metadata, status });
}

interface Audit {
  readonly code: number | NodeJS.Signals;
  readonly output: string;
}

let audits = 0;

/** Runs `svclane audit` on the node, as root. */
async function audit(...args: readonly string[]): Promise<Audit> {
  const command = [process.execPath, MAIN, 'audit', ...args];
  const svclane = startProcess(run, { name: `audit-${++audits}`, netns: node.netns, command });
  return { code: await svclane.exited, output: svclane.output() };
}

const live = (...args: readonly string[]): Promise<Audit> => audit('--live', '--host', `unix:${socket}`, ...args);

/** Runs a command in the node's namespace. */
function onNode(command: string, ...args: readonly string[]): string {
  return runCommand('nsenter', [enter, command, ...args]);
}

/** Waits until kube-proxy has programmed all that the API asks for. */
async function atRest(): Promise<Audit> {
  return eventually(
    'no drift',
    async () => {
      const found = await live();
      if (found.code === 0) return found;
      throw new Error(found.output);
    },
    { timeoutMs: 60_000, everyMs: 500 },
  );
}

/** Starts kube-proxy beside svclane; resolves when it has synced. */
async function startProxy(mode: KubeProxyMode): Promise<RigProcess> {
  const [healthz, metrics] = ['127.0.0.1:20256', '127.0.0.1:20249'];
  const proxy = startKubeProxy(lab, node, mode, { healthz, metrics });
  const isHealthy = async (): Promise<boolean> =>
    (await lab.onNode.request({ url: `http://${healthz}/healthz`, timeoutMs: 2000 })).status === 200;
  await eventually('kube-proxy has synced', isHealthy, { timeoutMs: 60_000 });
  return proxy;
}

async function stop(proxy: RigProcess): Promise<void> {
  proxy.kill('SIGTERM');
  await proxy.exited;
}

/** What somebody does to the rules, by mode, and what is then told. */
const TAMPERING: readonly {
  readonly mode: KubeProxyMode;
  readonly title: string;
  tamper(): void;
  readonly told: RegExp;
}[] = [
  {
    mode: 'nftables',
    title: 'an element that was deleted',
    tamper: () => void onNode('nft', 'delete element ip kube-proxy service-ips { 10.96.1.16 . tcp . 80 }'),
    told: /^DRIFT {3}shop\/hinted {3}kube-proxy does not have 10\.96\.1\.16:80\/TCP; .*\n1 drift, \d+ equal\n$/,
  },
  {
    mode: 'nftables',
    title: 'an endpoint of nobody',
    tamper() {
      const chain = /chain (service-\S+-shop\/proxied\/tcp\/)/.exec(onNode('nft', 'list table ip kube-proxy'))?.[1];
      const rule = 'meta l4proto tcp dnat ip to numgen random mod 1 map { 0 : 10.244.9.9 . 80 }';
      onNode('nft', `flush chain ip kube-proxy ${chain}; add rule ip kube-proxy ${chain} ${rule}`);
    },
    told: /^DRIFT {3}shop\/proxied {3}kube-proxy does not map 10\.244\.1\.2:8080; added to slice proxied-ipv4 at rev \d+ \(\S+ ago\)\nDRIFT {3}shop\/proxied {3}kube-proxy still maps 10\.244\.9\.9:80; no slice has it\n2 drifts, /,
  },
  {
    mode: 'iptables',
    title: 'a rule that was deleted',
    tamper() {
      const rules = onNode('iptables-save', '-t', 'nat').split('\n');
      const rule = rules.find((line) => /^-A KUBE-SVC-\S+ .*"shop\/external -> 10\.244\.2\.2:8080"/.test(line)) ?? '';
      onNode('sh', '-c', `iptables -t nat ${rule.replace('-A', '-D')}`);
    },
    told: /^DRIFT {3}shop\/external {3}kube-proxy does not map 10\.244\.2\.2:8080; .*\n1 drift, \d+ equal\n$/,
  },
  {
    mode: 'iptables',
    title: 'a frontend of nobody',
    tamper() {
      const chain =
        /-A KUBE-SERVICES -d 10\.96\.1\.16\/32 .* -j (KUBE-SVC-\S+)/.exec(onNode('iptables-save'))?.[1] ?? '';
      onNode('iptables', ...'-t nat -I KUBE-SERVICES -d 10.96.9.9 -p tcp --dport 80 -j'.split(' '), chain);
    },
    told: /^DRIFT {3}- {3}kube-proxy still has 10\.96\.9\.9:80\/TCP \(forward to .*\), which is of no Service\n1 drift, /,
  },
];

const modes: readonly KubeProxyMode[] = existsSync('/proc/net/ip_vs')
  ? ['nftables', 'iptables', 'ipvs']
  : ['nftables', 'iptables'];

for (const mode of modes) {
  await t.test(`mode ${mode}`, async (t) => {
    let proxy = await startProxy(mode);

    await t.test('with Services of every kind it has no drift at rest', async (t) => {
      t.match((await atRest()).output, /^no drift, \d\d equal\n$/);
      const offline = await audit('--live', '--cluster', '--kubeconfig', lab.kubeconfig('admin'), '--node', node.name);
      t.match(offline, { code: 0, output: /^no drift, / }, 'and without a daemon the same');
    });

    await t.test('what is stopped does not follow: the endpoint, the revision and the age are told', async (t) => {
      await stop(proxy);
      const ports = [{ port: 8080 }];
      const at = { namespace: 'shop', name: 'external' };
      const [kept, gone] = [
        { address: '10.244.1.2', nodeName: node.name },
        { address: '10.244.2.2', nodeName: 'node-b' },
      ];
      await api.apply(endpointSlice({ ...at, ports, endpoints: [kept] }));
      await api.apply(service({ namespace: 'shop', name: 'late', clusterIP: '10.96.1.99', ports: [{ port: 80 }] }));
      const told = await eventually('the change is told', async () => {
        const found = await live();
        return /shop\/late/.test(found.output) && found;
      });
      t.equal(told.code, 8);
      t.match(
        told.output,
        /^DRIFT {3}shop\/external {3}kube-proxy still maps 10\.244\.2\.2:8080; removed from slice external-ipv4 at rev \d+ \(\d+s ago\)$/m,
      );
      t.match(
        told.output,
        /^DRIFT {3}shop\/late {5}\s*kube-proxy does not have 10\.96\.1\.99:80\/TCP; Service late added at rev/m,
      );
      t.match(told.output, /^2 drifts, \d+ equal$/m);
      await api.apply(endpointSlice({ ...at, ports, endpoints: [kept, gone] }));
      await api.delete(service({ namespace: 'shop', name: 'late', ports: [] }));
      await atRest();
    });

    for (const { title, tamper, told } of TAMPERING.filter((one) => one.mode === mode)) {
      await t.test(`it finds ${title}, and nothing else`, async (t) => {
        tamper();
        const found = await live();
        t.equal(found.code, 8);
        t.match(found.output, told);
        // A kube-proxy that starts writes everything anew.
        proxy = await startProxy(mode);
        await atRest();
        await stop(proxy);
      });
    }
    cleanUp(mode);
  });
}

/** The next mode starts on a node without rules. */
function cleanUp(mode: KubeProxyMode): void {
  if (mode === 'nftables') onNode('nft', 'delete table ip kube-proxy; delete table ip6 kube-proxy');
  else onNode('nft', 'flush ruleset');
}
