/**
 * What somebody types at night, on a daemon that follows manifests.
 */

import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { freePort } from '../fixtures/echo-backends.ts';
import { type ExplainState, manifestsOf } from '../fixtures/explain-states.ts';
import { type ManifestDaemon, PREFIX, startBackends, startManifestDaemon } from '../fixtures/manifest-daemon.ts';
import { CONDITIONS, rawEndpoint, rawService } from '../fixtures/routing.ts';
import { runInProcess } from '../fixtures/run-in-process.ts';
import { startSvclane } from '../fixtures/svclane-process.ts';

process.env.NO_COLOR = '1';

/** Nobody listens at host 6. */
const DEAD_HOST = 6;

/** A Service with these endpoints; of a host below 0 the endpoint is not ready. */
function stateOf(...hosts: readonly number[]): ExplainState {
  const endpoints = hosts.map((host) =>
    rawEndpoint(String(Math.abs(host)), {
      conditions: host > 0 ? CONDITIONS.ready : CONDITIONS.notReady,
      targetRef: { kind: 'Pod', name: `web-${Math.abs(host)}` },
    }),
  );
  return { service: {}, labels: {}, slices: [{ portName: 'http', protocol: 'TCP', endpoints }] };
}

/** A daemon with svc-0, svc-1 and so on of namespace shop, at `PREFIX.1.1` and so on. */
async function setUp(t: Test, ...states: readonly ExplainState[]) {
  const port = await freePort();
  await startBackends(t, port);
  const objectsOf = (all: readonly ExplainState[]) => manifestsOf(all, PREFIX, port);
  const daemon = await startManifestDaemon(t, objectsOf(states));
  return {
    port,
    daemon,
    objectsOf,
    become: (...all: readonly ExplainState[]) => daemon.replace(objectsOf(all)),
    run: (...args: readonly string[]) => run(daemon, args),
  };
}

/** Those that change something need the token. */
const CHANGES = ['drain', 'quarantine', 'restore', 'kill'];

function run({ host, folder }: ManifestDaemon, [command = '', ...args]: readonly string[], tokenFile?: string) {
  const asked = args.includes('--host') || args.includes('--bundle') || args.includes('-f') || command === 'replay';
  const token = tokenFile ?? join(folder, '.config/svclane/token');
  return runInProcess([
    command,
    ...args,
    ...(asked ? [] : ['--host', host]),
    ...(CHANGES.includes(command) ? ['--token-file', token] : []),
  ]);
}

/** A client that stays, and has had its first bytes. */
async function stay(t: Test, service: number): Promise<Socket> {
  const socket = connect({ host: `${PREFIX}.1.${service + 1}`, port: 8080 });
  socket.on('error', () => undefined);
  t.teardown(() => socket.destroy());
  await once(socket, 'data');
  return socket;
}

t.test('a bundle answers at every revision what the daemon answers, and is used whole or not at all', async (t) => {
  const { daemon, run, become } = await setUp(t, stateOf(1, 2));
  await become(stateOf(1, -2));
  await become(stateOf(-1, -2));
  const bundle = join(daemon.folder, 'run.jsonl');
  t.match(await run('record', '-o', bundle, '--once', '--since', '1h'), {
    code: 0,
    stderr: /^3 revisions recorded to /,
  });
  const asked: readonly (readonly string[])[] = [1, 2, 3].flatMap((revision) => {
    const at = ['--at', String(revision)];
    return [
      ['explain', 'svc/svc-0', '-n', 'shop', '-o', 'json', ...at],
      ['get', 'services', '-o', 'json', ...at],
      ['get', 'endpoints', '-o', 'json', ...at],
      ['get', 'routes', '-o', 'json', ...at],
    ];
  });
  const answers = await Promise.all(asked.map((args) => Promise.all([run(...args), run(...args, '--bundle', bundle)])));
  for (const [index, [live, offline]] of answers.entries()) {
    const args = asked[index] ?? [];
    t.same(offline, live, args.join(' '));
    t.equal(live.code, args[0] === 'explain' && args.at(-1) === '3' ? 4 : 0);
  }
  t.match(await run('replay', bundle), { code: 0, stdout: /revisions +3\n/ });
  const text = readFileSync(bundle, 'utf8');
  const torn = join(daemon.folder, 'torn.jsonl');
  writeFileSync(torn, text.slice(0, text.length / 2));
  const lines = text.slice(0, text.length / 2).split('\n').length;
  t.match(await run('explain', 'svc/svc-0', '-n', 'shop', '-f', torn), {
    code: 1,
    stdout: '',
    stderr: RegExp(`:${lines}: `),
  });
  const foreign = join(daemon.folder, 'foreign.jsonl');
  writeFileSync(foreign, '{"type":"header","format":"of somebody else"}\n');
  t.match(await run('replay', foreign), { code: 1, stdout: '', stderr: /foreign\.jsonl:1: / });
});

t.test('history --diff says which field made an endpoint come and go', async (t) => {
  const { run, become } = await setUp(t, stateOf(1));
  await become(stateOf(1, 2));
  await become(stateOf(2));
  const { code, stdout } = await run('history', 'svc/svc-0', '-n', 'shop', '--since', '10m', '--diff');
  t.equal(code, 8);
  t.match(stdout, /rev 2 {3}shop\/svc-0 {3}slice svc-0-0 {3}\+ \S+\.2\.2 \(web-2\) ready +routable 1 -> 2\n/);
  t.match(stdout, /rev 3 {3}shop\/svc-0 {3}slice svc-0-0 {3}- \S+\.2\.1 \(web-1\) +routable 2 -> 1\n/);
  t.match(await run('history', 'svc/svc-0', '-n', 'shop', '--since', '0s'), { code: 0, stderr: /^no changes; / });
});

t.test('a connection says what was tried before, is ended by its id, and tap tells of both', async (t) => {
  const { run, daemon, port } = await setUp(t, stateOf(DEAD_HOST, 1));
  const dead = `${PREFIX}.2.${DEAD_HOST}:${port}`;
  await Promise.all([stay(t, 0), stay(t, 0)]);
  const { stdout } = await run('get', 'conns', 'svc/svc-0', '--no-headers');
  const chain = stdout.split('\n').find((line) => line.includes('ECONNREFUSED')) ?? '';
  t.match(
    chain,
    new RegExp(`^c-\\d+ +shop +svc-0 +.*web-1 +\\S+ +0 +\\d+ +2 +roundrobin; try 1 ${dead} ECONNREFUSED \\(\\d+ms\\)$`),
  );
  const env = { SVCLANE_HOST: daemon.host };
  const tap = startSvclane(['tap', 'svc/svc-0', '-n', 'shop', '--max', '1'], { env });
  t.teardown(() => tap.kill('SIGKILL'));
  const [id = ''] = chain.split(' ');
  // Whoever follows is there when it is told of the next flow, at the latest.
  let isOver = false;
  void tap.exit.then(() => {
    isOver = true;
  });
  t.match(await run('kill', id), { code: 0, stdout: `${id} ended\n` });
  for (let more = 0; !isOver && more < 2_000; more++) (await stay(t, 0)).destroy();
  t.equal(await tap.exit, 0);
  t.match(tap.stdout, /^[\d:]+ [-+!] c-\d+ /);
  t.match(await run('kill', id), { code: 3, stderr: /no live flow has the id/ });
});

t.test('what is drained is seen in every list, and in the verdict', async (t) => {
  const { run, port } = await setUp(t, stateOf(1, 2));
  const [first, second] = [`${PREFIX}.2.1:${port}`, `${PREFIX}.2.2:${port}`];
  t.match(await run('drain', first), { code: 0, stdout: `shop/svc-0:http ${first} (web-1) drained\n` });
  const [routes, endpoints, one] = await Promise.all([
    run('get', 'routes', '-o', 'wide'),
    run('get', 'endpoints'),
    run('explain', 'svc/svc-0', '-n', 'shop'),
  ]);
  t.match(routes.stdout, / ALGO +EJECTED +CONNS +REV +.*\n.* roundrobin +1 +0 +1 /);
  t.match(endpoints.stdout, /web-1 .* ready: EP_QUARANTINED +yes /);
  t.match(one, {
    code: 0,
    stdout: RegExp(`balancing .* 1 in\n    out  ${first} \\(web-1\\)   EP_QUARANTINED   svclane `),
  });
  t.match(one.stdout, RegExp(`=> FORWARD \\S+ to ${second} \\(web-2\\)\n`));
  await run('quarantine', 'web-2');
  const [none, idle, doctor] = await Promise.all([
    run('explain', 'svc/svc-0', '-n', 'shop'),
    run('get', 'routes'),
    run('doctor', 'svc/svc-0', '-n', 'shop', '--probe'),
  ]);
  t.match(none, {
    code: 4,
    stdout: /=> REFUSE EP_QUARANTINED: .*\n.*\n {3}would work if: svclane restore \S+, pod web-1 /,
  });
  t.match(idle.stdout, /idle: EP_QUARANTINED/);
  t.match(doctor, { code: 0, stdout: /\[skip\] {2}no cluster: manifests at \S+\n/ });
  t.match(
    doctor.stdout,
    RegExp(`\\[warn\\]  ${first} \\(web-1\\) gets no new flows: EP_QUARANTINED +svclane restore ${first} `),
  );
  t.match(doctor.stdout, RegExp(`\\[ok\\]    probe ${first} \\(web-1\\) \\d+ms, TCP accepted`));
  await Promise.all([run('restore', first), run('restore', second)]);
  t.match(await run('explain', 'svc/svc-0', '-n', 'shop'), { code: 0, stdout: /to one of 2: / });
});

t.test('what is wrong is said with the choices, and without the state where the token is wrong', async (t) => {
  const { run: ask, daemon, objectsOf } = await setUp(t, stateOf(1));
  const clusterIP = `${PREFIX}.1.9`;
  const ports = [
    { name: 'dns', port: 8053 },
    { name: 'dns-udp', port: 8053, protocol: 'UDP' },
  ];
  const spec = { clusterIP, clusterIPs: [clusterIP], ports };
  await daemon.replace([...objectsOf([stateOf(1)]), rawService(spec, { name: 'names' })]);
  const wrongToken = join(daemon.folder, 'wrong-token');
  writeFileSync(wrongToken, 'wrong');
  const nobody = join(daemon.folder, 'nobody.sock');
  const [ambiguous, absent, foreign, wrong] = await Promise.all([
    ask('explain', 'svc/names:8053', '-n', 'shop'),
    ask('get', 'routes', '--host', `unix:${nobody}`),
    ask('explain', 'svc/names', '-n', 'shop', '--from', 'here'),
    run(daemon, ['drain', 'no-such-pod'], wrongToken),
  ]);
  t.match(ambiguous, { code: 2, stdout: '', stderr: /hint: one of svc\/names:dns\/tcp, svc\/names:dns-udp\/udp/ });
  t.match(absent, {
    code: 7,
    stderr: RegExp(`no daemon answers at unix:${nobody}: .*\nhint: start it with "svclane run"`),
  });
  t.match(foreign, { code: 2, stderr: /from: no IP address/ });
  t.match(wrong, { code: 3, stderr: /no-such-pod/ }, 'reading needs no token on the socket');
  const denied = await run(daemon, ['drain', 'web-1'], wrongToken);
  t.match(denied, { code: 1, stdout: '', stderr: /^error: .*token/ });
  t.match(await ask('get', 'ejections'), { stdout: '', stderr: /No ejections found/ }, 'and nothing was drained');
});
