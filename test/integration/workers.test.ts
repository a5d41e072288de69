import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import t from 'tap';
import { startConnectingClients } from '../fixtures/connecting-clients.ts';
import { readAll } from '../fixtures/echo-backends.ts';
import { type HandOverRig, startHandOverRig } from '../fixtures/hand-over-rig.ts';
import { startSvclane } from '../fixtures/svclane-process.ts';
import { ask, udpSocket } from '../fixtures/udp-rig.ts';

t.setTimeout(400_000);

const THREE = 'workers: 3\ndefaults: {ejection: {consecutiveFailures: 0}}\n';

t.test('svclane run with three workers serves, counts and shows all flows as one', async (t) => {
  const rig = await startHandOverRig(t, { settings: THREE });
  await workersServe(rig, 2);
  t.same(threadsOf(rig.pid), ['svclane-1', 'svclane-2']);
  const open = Array.from({ length: 30 }, () => rig.connect());
  for (const client of open) t.match(await readAll(client, 'x', { end: false }), /:x$/);
  const rows = await connections(rig);
  t.equal(rows.length, 30);
  const workers = new Set(rows.map((id) => /^c-(\d+)\./.exec(id)?.[1] ?? 'main'));
  t.same([...workers].sort(), ['1', '2', 'main'], 'every worker has some');
  for (const client of open) client.end();
  process.kill(rig.pid, 'SIGTERM');
  t.equal(await rig.svclane.exit, 0, rig.svclane.stderr);
  t.notMatch(rig.svclane.output, /"level":"(warn|error)"/);
});

t.test('hand-overs with three workers refuse and reset none of 40 clients that connect without a pause', async (t) => {
  const rig = await startHandOverRig(t, { settings: THREE });
  await workersServe(rig, 2);
  const clients = startConnectingClients('127.0.0.1', rig.tcpPort, 40);
  await clients.more(400);
  const sockets = await listeningAt(rig.tcpPort);
  for (let i = 1; i <= 2; i++) {
    await rig.handOver();
    await workersServe(rig, 2 + 2 * i);
    await clients.more(200);
  }
  await clients.stop();
  t.comment(`${clients.answered} connections over two hand-overs`);
  t.same(clients.failures, []);
  t.equal(await listeningAt(rig.tcpPort), sockets, 'the same sockets as in the beginning, and no more');
  process.kill(rig.pid, 'SIGTERM');
  t.equal(await rig.svclane.exit, 0);
});

t.test('a UDP client keeps its endpoint over hand-overs between three workers each', async (t) => {
  const rig = await startHandOverRig(t, { settings: THREE });
  await workersServe(rig, 2);
  const clients = await Promise.all(Array.from({ length: 16 }, () => udpSocket(t)));
  const endpoints = async (): Promise<string[]> => {
    const answers = await Promise.all(clients.map((client) => ask(client, rig.udpPort, 'x')));
    return answers.map(({ bytes }) => bytes.toString());
  };
  const before = await endpoints();
  await rig.handOver();
  t.same(await endpoints(), before);
  await workersServe(rig, 4);
  t.same(await endpoints(), before);
});

/** Until so many helpers have been started, over all processes. */
async function workersServe({ svclane }: HandOverRig, times: number): Promise<void> {
  await svclane.until(new RegExp(`("reason":"WorkerStarted"[^]*){${times}}`));
}

/** How many sockets listen at this port of 127.0.0.1. */
async function listeningAt(port: number): Promise<number> {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((line) => line.trim().split(/\s+/));
  return lines.filter(([, address, , state]) => address === local && state === '0A').length;
}

/** The names of the threads that are ours, sorted. */
function threadsOf(pid: number): readonly string[] {
  const names = readdirSync(`/proc/${pid}/task`).map((id) =>
    readFileSync(`/proc/${pid}/task/${id}/comm`, 'utf8').trim(),
  );
  return names.filter((name) => name.startsWith('svclane-')).sort();
}

/** Ids of the connections that the API tells of. */
async function connections({ folder }: HandOverRig): Promise<readonly string[]> {
  const asked = startSvclane(['get', 'conns', '-o', 'json', '--host', `unix:${folder}/admin.sock`]);
  await asked.exit;
  return [...asked.stdout.matchAll(/"id": ?"(c-[^"]+)"/g)].map(([, id = '']) => id);
}
