/**
 * What svclane says of a real cluster, and that it is so: explain, history, a bundle of it, the connection table, drain and kill.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually } from './rig/eventually.ts';
import { BACKEND_PORT, startLab } from './rig/lab.ts';
import { endpointSlice, service } from './rig/objects.ts';
import { startProcess } from './rig/rig-process.ts';
import { untilVisit, visitMany, visitTcp } from './rig/visit.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts');
const HOST = '10.96.5.1';
const target = { host: HOST, port: 80 };

const lab = await startLab();
t.teardown(() => lab.stop());
const { run, node, api, backends } = lab;
const [first, second, third] = backends;
const socket = run.path('see.sock');
const token = run.path('see-token');
writeFileSync(token, 'a-token-for-this-run-of-the-tests-only', { mode: 0o600 });
const ports = [{ name: 'http', port: BACKEND_PORT }];

/** The slice of Service web; a backend by its number, not ready below 0. */
function slice(...numbers: readonly number[]) {
  const endpoints = numbers.map((number) => {
    const { ipv4 = '' } = backends[Math.abs(number) - 1] ?? {};
    return { address: ipv4, ready: number > 0, nodeName: node.name };
  });
  return endpointSlice({ name: 'web', ports, endpoints });
}

await api.apply(slice(1, 2));
await api.apply(service({ name: 'web', clusterIP: HOST, ports: [{ name: 'http', port: 80 }] }));
await lab.startSvclane({ more: { admin: { listen: `unix:${socket}`, token: `file:${token}` } } });
await untilVisit(lab.inPod, HOST, 80, first.identity);

let runs = 0;

/** Runs a command on the node. */
function start(...args: readonly string[]) {
  const command = [process.execPath, MAIN, ...args];
  const env = { NO_COLOR: '1', SVCLANE_HOST: `unix:${socket}`, SVCLANE_TOKEN: readFileSync(token, 'utf8') };
  return startProcess(run, { name: `see-${++runs}`, netns: node.netns, command, env });
}

async function svclane(...args: readonly string[]) {
  const process = start(...args);
  return { code: await process.exited, output: process.output() };
}

/** The revision in force. */
async function revision(): Promise<number> {
  const { output } = await svclane('get', 'routes', '-o', 'jsonpath={.generation}');
  return Number(output);
}

await t.test('explain says what a pod gets, and since when and why an endpoint is out', async (t) => {
  const asked = ['explain', 'svc/web:http', '--from', lab.clientPod.ipv4] as const;
  const good = await svclane(...asked);
  t.match(good, { code: 0, output: /=> FORWARD 10\.96\.5\.1:80\/TCP to one of 2: / });
  const before = await revision();
  await api.apply(slice(-1, -2));
  await untilVisit(lab.inPod, HOST, 80, 'ECONNREFUSED');
  const bad = await svclane(...asked);
  t.equal(bad.code, 4, bad.output);
  const out = `out {2}${first.ipv4}:8080 {3}EP_NOT_READY {3}EndpointSlice web-ipv4 endpoints\\[0\\]\\.conditions\\.ready=false since `;
  t.match(bad.output, RegExp(out));
  t.match(bad.output, /=> REFUSE NO_ENDPOINT: /);
  t.match(bad.output, /would work if: EndpointSlice web-ipv4 endpoints\[0\]\.conditions\.ready=true \(1 endpoint\)\n/);
  const again = RegExp(
    `last routable: rev ${before}, .* see: (svclane explain svc/web:http --from \\S+ --at ${before})\n`,
  );
  const [, command = ''] = again.exec(bad.output) ?? [];
  t.match(
    await svclane(...command.split(' ').slice(1)),
    { code: 0, output: /=> FORWARD / },
    'the command that it names',
  );
  const offline = await svclane(...asked, '--cluster', '--kubeconfig', lab.kubeconfig('admin'), '--node', node.name);
  t.match(offline, { code: 4, output: /=> REFUSE NO_ENDPOINT: / }, 'straight from the cluster the same');
  t.match(await svclane('explain', 'svc/wbe'), { code: 1, output: /hint: did you mean svc\/web\?/ });
  const { output: doctor, code } = await svclane(
    'doctor',
    'svc/web',
    '-n',
    'default',
    '--kubeconfig',
    lab.kubeconfig('admin'),
  );
  t.equal(code, 4);
  t.match(
    doctor,
    /^\[fail\] {2}port "http": 0 of 2 endpoints usable {3}see: svclane explain svc\/web:http -n default$/m,
  );
});

await t.test('a bundle that was recorded meanwhile is the daemon again, at every revision', async (t) => {
  const bundle = run.path('run.jsonl');
  const oldest = await revision();
  const recording = start('record', '-o', bundle);
  await eventually('it is recorded', async () => /^recording /m.test(recording.output()));
  await api.apply(slice(1, -2));
  await untilVisit(lab.inPod, HOST, 80, first.identity);
  await api.apply(slice(3));
  await untilVisit(lab.inPod, HOST, 80, third.identity);
  await api.apply(slice(1, 2, 3));
  await eventually('three are there', async () => (await visitMany(lab.inPod, target, 3)).length === 3);
  const newest = await revision();
  await eventually('all of it is recorded', async () => {
    return readFileSync(bundle, 'utf8').includes(`"generation":${newest},`);
  });
  recording.kill('SIGINT');
  t.equal(await recording.exited, 0, recording.output());
  t.match(await svclane('replay', bundle), { code: 0, output: RegExp(`revisions +${newest - oldest + 1}\n`) });
  for (let at = oldest; at <= newest; at++) {
    for (const question of [
      ['explain', 'svc/web', '-n', 'default', '--from', lab.clientPod.ipv4],
      ['get', 'routes'],
    ]) {
      const asked = [...question, '-o', 'json', '--at', String(at)];
      const [live, offline] = await Promise.all([svclane(...asked), svclane(...asked, '--bundle', bundle)]);
      t.same(withoutPast(offline), withoutPast(live), asked.join(' '));
    }
  }
  const diff = await svclane('history', 'svc/web', '-n', 'default', '--since', '10m', '--diff');
  t.equal(diff.code, 8);
  t.match(
    diff.output,
    RegExp(`slice web-ipv4 +${first.ipv4} ready false->true, serving false->true +routable 0 -> 1\n`),
  );
  t.match(diff.output, RegExp(`slice web-ipv4 +\\+ ${third.ipv4} ready +routable 1 -> 1\n`));
});

/** What a bundle that begins later cannot know: what was before it. */
function withoutPast({ code, output }: { readonly code: unknown; readonly output: string }): unknown {
  const answer = JSON.parse(output, (key, value: unknown) =>
    ['since', 'ageSeconds'].includes(key) ? undefined : value,
  );
  const rows = answer.items?.map((row: object) => ({ ...row, generation: 0 }));
  return { code, answer: { ...answer, lastRoutable: null, ...(rows && { items: rows }) } };
}

await t.test('who is drained gets nobody, who is restored gets clients again; standing connections stay', async (t) => {
  const standing = await lab.inPod.connect(target);
  if ('error' in standing) throw new Error(standing.error);
  for (const { ipv4 } of [first, second]) {
    t.match(await svclane('drain', `${ipv4}:${BACKEND_PORT}`, 'svc/web'), {
      code: 0,
      output: / drained(, 1 live flow goes on)?$/m,
    });
  }
  t.strictSame(await visitMany(lab.inPod, target, 6), [third.identity]);
  t.match(await lab.inPod.ask({ connection: standing.connection, line: 'still' }), { answer: / still$/ });
  t.match(await svclane('explain', 'svc/web'), { code: 0, output: RegExp(`=> FORWARD \\S+ to ${third.ipv4}:8080\n`) });
  await svclane('drain', third.ipv4);
  t.match(await visitTcp(lab.inPod, HOST, 80), /^E/);
  t.match(await svclane('explain', 'svc/web'), { code: 4, output: /=> REFUSE EP_QUARANTINED: / });
  for (const { ipv4 } of backends) await svclane('restore', ipv4);
  t.equal((await visitMany(lab.inPod, target, 6)).length, 3);
  await lab.inPod.disconnect(standing);
});

await t.test('a connection is told with its pod side, tapped, and ended by its id', async (t) => {
  const tap = start('tap', 'svc/web', '-n', 'default', '-o', 'json');
  await eventually('it follows', async () => {
    await visitTcp(lab.inPod, HOST, 80);
    return tap.output().includes('\n');
  });
  const standing = await lab.inPod.connect(target);
  if ('error' in standing) throw new Error(standing.error);
  const { output } = await svclane('get', 'conns', 'svc/web', '-o', 'jsonpath={.items[*].id}');
  t.match(output, /^c-\d+$/);
  const table = await svclane('get', 'conns', 'svc/web');
  t.match(
    table.output,
    RegExp(`^${output} +default +web +${lab.clientPod.ipv4}:\\d+ +\\S+:8080 .* 1 +roundrobin$`, 'm'),
  );
  t.match(await svclane('kill', output), { code: 0, output: `${output} ended\n` });
  t.match(await lab.inPod.ask({ connection: standing.connection, line: 'gone?' }), { error: /./ });
  await eventually('its end is tapped', async () => RegExp(`"id":"${output}".*killed`).test(tap.output()));
  tap.kill('SIGTERM');
  await tap.exited;
});
