import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import t, { type Test } from 'tap';
import { type Lab, makeLab, NODE_V4 } from '../../fixtures/netns-lab.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const MAIN = join(ROOT, 'src/main.ts');
const CLIENTS = join(ROOT, 'test/fixtures/run-connecting-clients.ts');
const SERVICE = '10.96.0.10';

/** Two TCP backends, and two UDP backends that say their port. */
const BACKENDS = `
const { createServer } = require('node:net'), { createSocket } = require('node:dgram');
for (const port of [8081, 8082]) {
  createServer((s) => s.on('error', () => {}).pipe(s)).listen(port, '${NODE_V4}');
  const u = createSocket('udp4').on('message', (_, r) => u.send('udp ' + port, r.port, r.address));
  u.bind(port, '${NODE_V4}', () => port === 8082 && console.log('ready'));
}`;

const slice = (port: number): object => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: `web-${port}`, namespace: 'test', labels: { 'kubernetes.io/service-name': 'web' } },
  addressType: 'IPv4',
  ports: [
    { name: 'tcp', port },
    { name: 'udp', port, protocol: 'UDP' },
  ],
  endpoints: [{ addresses: [NODE_V4] }],
});

const MANIFESTS = [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'test' },
    spec: {
      clusterIP: SERVICE,
      ports: [
        { name: 'tcp', port: 80 },
        { name: 'udp', port: 53, protocol: 'UDP' },
      ],
    },
  },
  slice(8081),
  slice(8082),
];

for (const capture of ['nftables', 'routes']) {
  t.test(`capture ${capture}: hand-overs lose no client of a cluster IP, and pass the kernel's state on`, async (t) => {
    const lab = makeLab(t);
    await lines(t, run(t, lab.spaces.node, '-e', BACKENDS), /ready/);
    const { svclane, folder } = startSvclane(t, lab, capture);
    const output = await lines(t, svclane, /"reason":"Synced"/);
    const pids = (): number[] => [svclane.pid ?? 0, ...numbers(output(), /"reason":"HandedOver","pid":(\d+)/g)];
    t.teardown(() => pids().forEach(killQuietly));
    const clients = run(t, lab.spaces.client, CLIENTS, SERVICE, '80', '20');
    const counted = await lines(t, clients, /under way/);
    const state = kernelState(lab);
    const endpoint = await lab.client.udp(SERVICE, 53, 'flow');
    t.match(endpoint, /udp 808[12]/);
    for (let i = 1; i <= 5; i++) {
      process.kill(pids().at(-1) ?? 0, 'SIGUSR2');
      await until(svclane, output, new RegExp(`("reason":"HandedOver"[^]*){${i}}`));
      t.equal(await lab.client.udp(SERVICE, 53, 'flow'), endpoint, 'the UDP client keeps its endpoint');
    }
    clients.stdin?.end();
    await once(clients, 'close');
    const { answered, failures } = JSON.parse(counted().split('\n').at(-2) ?? '');
    t.comment(`${answered} connections over five hand-overs`);
    t.same(failures, []);
    t.equal(kernelState(lab), state, 'the same addresses and ports');
    const other = run(t, lab.spaces.node, MAIN, 'run', '--config', join(folder, 'config.yaml'));
    const refused = await lines(t, other, /captures Service addresses/);
    t.match(refused(), `(pid ${pids().at(-1)})`, 'the lock has moved');
    process.kill(pids().at(-1) ?? 0, 'SIGTERM');
    await once(svclane, 'close');
    t.equal(lab.onNode('nft', 'list', 'ruleset'), '');
    t.notMatch(kernelState(lab), /169\.254\.77|10\.96\.0\.10/, 'the last one cleans up');
  });
}

function startSvclane(t: Test, lab: Lab, capture: string): { svclane: ChildProcess; folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'svclane-netns-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'all.yaml'), MANIFESTS.map((object) => `---\n${JSON.stringify(object)}\n`).join(''));
  writeFileSync(
    join(folder, 'config.yaml'),
    `apiVersion: svclane.dev/v1alpha1
kind: ProxyConfiguration
mode: node
nodeName: node-a
source: file:all.yaml
host: {capture: ${capture}}
admin: {listen: "unix:${folder}/admin.sock"}
logging: {level: info, format: json}
`,
  );
  return { svclane: run(t, lab.spaces.node, MAIN, 'run', '--config', join(folder, 'config.yaml')), folder };
}

/** Rules, own addresses and local routes; without counters and handles. */
function kernelState(lab: Lab): string {
  const table = lab.onNode('nft', 'list', 'ruleset');
  const addresses = lab.onNode('ip', '-o', 'address', 'show', 'dev', 'lo');
  return `${table}${addresses}${lab.onNode('ip', 'route', 'show', 'table', 'local', 'proto', '77')}`;
}

function run(t: Test, space: string, ...args: readonly string[]): ChildProcess {
  const child = spawn('ip', ['netns', 'exec', space, process.execPath, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  t.teardown(() => child.kill('SIGKILL'));
  return child;
}

/** Collects what a process prints; resolves at the first match, with a function that gives all of it so far. */
async function lines(t: Test, child: ChildProcess, wanted: RegExp): Promise<() => string> {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      text += `${line}\n`;
      child.emit('printed');
    });
  }
  t.teardown(() => child.removeAllListeners('printed'));
  await until(child, () => text, wanted);
  return () => text;
}

async function until(child: ChildProcess, output: () => string, wanted: RegExp): Promise<void> {
  const ended = once(child, 'close').then(() => {
    if (!wanted.test(output())) throw new Error(`ended before ${wanted}:\n${output()}`);
  });
  while (!wanted.test(output())) await Promise.race([once(child, 'printed'), ended]);
  ended.catch(() => {});
}

function numbers(text: string, pattern: RegExp): number[] {
  return [...text.matchAll(pattern)].map(([, number]) => Number(number));
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
