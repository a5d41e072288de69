import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startConnectingClients } from '../fixtures/connecting-clients.ts';
import { readAll, startEcho } from '../fixtures/echo-backends.ts';
import { startHandOverRig } from '../fixtures/hand-over-rig.ts';
import { startSvclane } from '../fixtures/svclane-process.ts';
import { ask, udpSocket } from '../fixtures/udp-rig.ts';

t.setTimeout(400_000);

t.test('ten hand-overs in a row refuse and reset none of 40 clients that connect without a pause', async (t) => {
  const rig = await startHandOverRig(t);
  const clients = startConnectingClients('127.0.0.1', rig.tcpPort, 40);
  await clients.more(100);
  for (let i = 0; i < 10; i++) {
    await rig.handOver();
    await clients.more(100);
  }
  await clients.stop();
  t.comment(`${clients.answered} connections over ten hand-overs`);
  t.same(clients.failures, []);
  process.kill(rig.pid, 'SIGTERM');
  t.equal(await rig.svclane.exit, 0, 'the first process has ended in order');
  t.notMatch(rig.svclane.output, /"level":"(warn|error)"/);
});

t.test('an open connection stays with the process that has it, which ends after it', async (t) => {
  const rig = await startHandOverRig(t);
  const before = rig.connect();
  const said = await readAll(before, 'a', { end: false });
  await rig.handOver();
  t.match(await readAll(rig.connect(), 'b'), /:b$/, 'a new one is served');
  t.equal(await readAll(before, 'c', { end: false }), said.replace('a', 'c'), 'the open one goes on');
  const [, first = ''] = (await readAll(before, 'd')).split(':');
  t.equal(first, 'd');
  process.kill(rig.pid, 'SIGTERM');
  t.equal(await rig.svclane.exit, 0);
  t.notOk(existsSync(join(rig.folder, 'admin.sock')), 'the last process has removed the socket of the admin API');
});

t.test('a UDP client keeps its endpoint over hand-overs', async (t) => {
  const rig = await startHandOverRig(t);
  const clients = await Promise.all(Array.from({ length: 8 }, () => udpSocket(t)));
  const endpoints = async (): Promise<string[]> => {
    const answers = await Promise.all(clients.map((client) => ask(client, rig.udpPort, 'x')));
    return answers.map(({ bytes }) => bytes.toString());
  };
  const before = await endpoints();
  t.same(new Set(before), new Set(['one:x', 'two:x']));
  await rig.handOver();
  t.same(await endpoints(), before);
  await rig.handOver();
  t.same(await endpoints(), before);
});

t.test(
  'the admin API answers all the while, and a change that needs a new process is in force after SIGHUP',
  async (t) => {
    const rig = await startHandOverRig(t);
    const config = async (): Promise<string> => {
      const asked = startSvclane(['get', 'routes', '--host', `unix:${rig.folder}/admin.sock`]);
      t.equal(await asked.exit, 0, asked.stderr);
      return asked.stdout;
    };
    t.match(await config(), /web/);
    rig.configure('clusterCIDR: [10.0.0.0/8]\n');
    await rig.handOver('SIGHUP');
    t.match(rig.svclane.output, /"reason":"HandingOver","why":"changed: clusterCIDR"/);
    t.match(await config(), /web/);
  },
);

t.test('an override holds over a hand-over, and its end is that of the new process', async (t) => {
  const rig = await startHandOverRig(t);
  const mine = await startEcho(t, 'mine');
  const token = readFileSync(join(rig.folder, 'token'), 'utf8');
  const env = { SVCLANE_HOST: `unix:${rig.folder}/admin.sock`, SVCLANE_TOKEN: token };
  const svclane = async (...args: readonly string[]): Promise<string> => {
    const asked = startSvclane(args, { env });
    t.equal(await asked.exit, 0, asked.stderr);
    return asked.stdout;
  };
  await svclane('override', `svc/web:http=127.0.0.1:${mine.port}`, '--fallback', 'fail', '--ttl', '10m');
  t.equal(await readAll(rig.connect(), 'a'), 'mine:a');
  const before = await svclane('get', 'overrides', '-o', 'jsonpath={.items[0].until}');
  await rig.handOver();
  t.equal(await readAll(rig.connect(), 'b'), 'mine:b');
  const after = await svclane('get', 'overrides', '-o', 'jsonpath={.items[0].until}');
  t.ok(Math.abs(Date.parse(after) - Date.parse(before)) < 2_000, `${before} and ${after}`);
  await svclane('override', '--delete', 'svc/web:http');
  t.match(await readAll(rig.connect(), 'c'), /^(one|two):c$/);
});

t.test('a successor that cannot take over leaves all as it was', async (t) => {
  const rig = await startHandOverRig(t);
  const clients = startConnectingClients('127.0.0.1', rig.tcpPort, 4);
  const cases = [
    { name: 'a wrong configuration', spoil: () => rig.configure('nonsense: 1\n'), why: /nonsense/ },
    {
      name: 'an admin socket that cannot be bound, known when it serves already',
      spoil() {
        writeFileSync(join(rig.folder, 'file'), '');
        writeFileSync(join(rig.folder, 'config.yaml'), configWithAdmin(rig.folder, rig.tcpPort));
      },
      why: /is there and is no socket/,
    },
  ];
  for (const { name, spoil, why } of cases) {
    spoil();
    const told = (rig.svclane.output.match(/"reason":"HandOverFailed"/g) ?? []).length;
    process.kill(rig.pid, 'SIGUSR2');
    await rig.svclane.until(new RegExp(`("reason":"HandOverFailed"[^]*){${told + 1}}`));
    t.match(rig.svclane.output.split('"reason":"HandOverFailed"').at(-1), why, name);
    await clients.more(20);
    t.match(await readAll(rig.connect(), 'x'), /:x$/, name);
  }
  rig.configure();
  await rig.handOver();
  await clients.more(20);
  await clients.stop();
  t.same(clients.failures, []);
});

t.test('a client that is held for want of an endpoint waits on, and is served when there is one', async (t) => {
  const rig = await startHandOverRig(t, {
    settings: 'defaults: {onEmpty: {action: hold, maxWait: 60s}}\n',
    level: 'debug',
  });
  rig.setEndpoints(false);
  await rig.svclane.until(/"rev":2/);
  const held = rig.connect();
  const answer = readAll(held, 'x');
  await once(held, 'connect');
  await rig.handOver();
  rig.setEndpoints(true);
  t.match(await answer, /:x$/);
  process.kill(rig.pid, 'SIGTERM');
  t.equal(await rig.svclane.exit, 0);
});

t.test('SIGTERM while a hand-over is under way ends both processes in order', async (t) => {
  const rig = await startHandOverRig(t);
  process.kill(rig.pid, 'SIGUSR2');
  await rig.svclane.until(/"reason":"HandingOver"/);
  process.kill(rig.pid, 'SIGTERM');
  t.equal(await rig.svclane.exit, 0);
  t.notMatch(rig.svclane.output, /HandedOver"/);
});

t.test('SIGTERM to the process that took over ends the one before too', async (t) => {
  const rig = await startHandOverRig(t);
  const before = rig.connect();
  await readAll(before, 'a', { end: false });
  await rig.handOver();
  process.kill(rig.pid, 'SIGTERM');
  await rig.svclane.until(/"reason":"Stopping"/);
  t.match(await readAll(before, 'b', { end: false }), /:b$/, 'the grace period counts for both');
  before.end();
  t.equal(await rig.svclane.exit, 0);
});

t.test(
  'a process that took over and crashes makes the one before end as failed, so that svclane is started anew',
  async (t) => {
    const rig = await startHandOverRig(t);
    const before = rig.connect();
    await readAll(before, 'a', { end: false });
    await rig.handOver();
    process.kill(rig.pid, 'SIGKILL');
    await rig.svclane.until(/"reason":"SuccessorLost"/);
    t.equal(await rig.svclane.exit, 1);
  },
);

function configWithAdmin(folder: string, tcpPort: number): string {
  return `apiVersion: svclane.dev/v1alpha1
kind: ProxyConfiguration
source: file:web.yaml
admin: {listen: "unix:${folder}/file"}
logging: {level: info, format: json}
lanes: [{target: svc/web, listen: "127.0.0.1:${tcpPort}", port: http}]
`;
}
