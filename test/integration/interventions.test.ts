import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { channels } from '../../src/observability/channels.ts';
import { freePort } from '../fixtures/echo-backends.ts';
import { manifestsOf } from '../fixtures/explain-states.ts';
import {
  type ManifestDaemon,
  PREFIX,
  startBackends,
  startManifestDaemon,
  tryConnection,
} from '../fixtures/manifest-daemon.ts';
import { CONDITIONS, rawEndpoint } from '../fixtures/routing.ts';
import { startSvclane } from '../fixtures/svclane-process.ts';
import { next } from '../fixtures/tcp-rig.ts';

const SERVICE = `${PREFIX}.1.1`;

/** A daemon with Service svc-0 of namespace shop and one endpoint, ready or not, and the CLI for it. */
async function setUp(t: Test, conditions: object = CONDITIONS.ready) {
  const port = await freePort();
  await startBackends(t, port);
  const endpoints = [rawEndpoint('1', { conditions, nodeName: 'node-a' })];
  const slices = [{ portName: 'http', protocol: 'TCP', endpoints }] as const;
  const objects = manifestsOf([{ service: {}, labels: {}, slices: [...slices] }], PREFIX, port);
  const daemon = await startManifestDaemon(t, objects);
  return { daemon, cluster: `${PREFIX}.2.1:${port}`, run: (...args: string[]) => run(daemon, ...args) };
}

async function run({ host, folder }: ManifestDaemon, ...args: string[]) {
  const token = readFileSync(join(folder, '.config/svclane/token'), 'utf8').trim();
  const svclane = startSvclane(args, { env: { SVCLANE_HOST: host, SVCLANE_TOKEN: token } });
  const code = await svclane.exit;
  return { code, stdout: svclane.stdout, stderr: svclane.stderr };
}

/** A process of one's own at localhost, which says `local` and waits for the client's end. */
async function startLocal(t: Test): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => undefined).write('local'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A client that stays. */
async function stay(t: Test): Promise<Socket> {
  const socket = connect({ host: SERVICE, port: 8080 });
  socket.on('error', () => undefined);
  t.teardown(() => socket.destroy());
  await once(socket, 'data');
  return socket;
}

t.test('an override is first, is seen everywhere while it lasts, and ends', async (t) => {
  const { cluster, run } = await setUp(t);
  const port = await startLocal(t);
  t.equal(await tryConnection(SERVICE), cluster);
  const set = await run(
    'override',
    `svc/svc-0=localhost:${port}`,
    '-n',
    'shop',
    '--fallback',
    'cluster',
    '--ttl',
    '1h',
  );
  t.match(set, { code: 0, stderr: '' });
  t.match(set.stdout, /^svc-0: localhost:\d+ first \(probe ok \d+ms\), cluster when refused\. Expires [\d: -]+\.\n$/);
  t.equal(await tryConnection(SERVICE), 'local');
  await stay(t);
  const [conns, routes, overrides, explained] = await Promise.all([
    run('get', 'conns'),
    run('get', 'routes'),
    run('get', 'overrides'),
    run('explain', 'svc-0', '-n', 'shop'),
  ]);
  t.match(conns.stdout, new RegExp(`127\\.0\\.0\\.1:${port} +\\(local\\) .* override svc-0->localhost:${port}\n`));
  t.match(routes.stdout, new RegExp(`NOTE\n.*override localhost:${port} until `));
  t.match(overrides.stdout, new RegExp(`shop +svc-0 +<all> +localhost:${port} +<all> +cluster +(1h00m|59m)`));
  t.match(explained.stdout, /out {2}\S+ {3}EP_OVERRIDDEN {3}svclane override="localhost:\d+" until /);
  t.match(explained.stdout, /=> OVERRIDE \S+ to localhost:\d+ until .*\n {3}where it refuses: FORWARD /);
  t.match(await run('override', '--delete', 'svc/svc-0', '-n', 'shop'), { code: 0, stdout: /override to .* ended/ });
  t.equal(await tryConnection(SERVICE), cluster);
  t.match(await run('override', '--delete', 'svc/svc-0', '-n', 'shop'), { code: 3, stderr: /no such override/ });
});

t.test('where the target refuses the cluster answers, and the retry is seen', async (t) => {
  const { cluster, run } = await setUp(t);
  const dead = await freePort();
  const set = await run('override', `svc/svc-0:http=127.0.0.1:${dead}`, '-n', 'shop');
  t.match(set.stdout, /^svc-0:http: \S+ first \(probe failed: ECONNREFUSED\), cluster when refused\./);
  t.match(set.stderr, /^hint: start what is to listen/);
  t.equal(await tryConnection(SERVICE), cluster);
  await stay(t);
  const conns = await run('get', 'conns');
  t.match(conns.stdout, new RegExp(`only; try 1 127\\.0\\.0\\.1:${dead} ECONNREFUSED`));
});

t.test('a Service without endpoints is reached by an override', async (t) => {
  const { run } = await setUp(t, CONDITIONS.notReady);
  t.equal(await tryConnection(SERVICE), 'refused');
  t.equal((await run('explain', 'svc-0', '-n', 'shop')).code, 4);
  const bound = next(t, channels.listenerBound);
  await run('override', `svc-0=localhost:${await startLocal(t)}`, '-n', 'shop');
  await bound;
  t.equal(await tryConnection(SERVICE), 'local');
  t.match(await run('explain', 'svc-0', '-n', 'shop'), { code: 0, stdout: /where it refuses: REFUSE NO_ENDPOINT/ });
});

t.test('a fault is seen while it lasts, and is over by itself', async (t) => {
  const { cluster, run } = await setUp(t);
  const set = await run('fault', 'svc/svc-0', '-n', 'shop', '--refuse', '--ttl', '1h');
  t.match(set, { code: 0, stdout: /^svc-0: refuse 100%, for new flows\. Expires / });
  t.equal(await tryConnection(SERVICE), 'refused');
  t.match(await run('get', 'faults'), { stdout: /shop +svc-0 +<all> +refuse 100% +(1h00m|59m(\d+s)?)\n/ });
  const over = next(t, channels.faultEnded, ({ why }) => why === 'time');
  await run('fault', 'svc/svc-0', '-n', 'shop', '--refuse', '--ttl', '1s');
  t.match(await over, { value: { service: 'svc-0' } });
  t.equal(await tryConnection(SERVICE), cluster);
});

t.test('latency and loss are told by those who see flows, and explained', async (t) => {
  const { run } = await setUp(t);
  const args = ['--latency', '30ms~10ms', '--bandwidth', '64KiB/s', '--ttl', '10m'];
  t.match(await run('fault', 'svc-0', '-n', 'shop', ...args), { stdout: /^svc-0: latency 30ms±10ms, rate 64KiB\/s, / });
  await stay(t);
  const [conns, explained] = await Promise.all([run('get', 'conns'), run('explain', 'svc-0', '-n', 'shop')]);
  t.match(conns.stdout, / only; fault latency 30ms±10ms, rate 64KiB\/s\n/);
  t.match(explained.stdout, /\d faults +latency 30ms±10ms, rate 64KiB\/s; until /);
  t.match(await run('fault', '--delete', 'svc-0', '-n', 'shop'), { code: 0, stdout: /latency 30ms±10ms.* ended\n/ });
});

t.test('what is wrong is told with the flag, and with what would be right', async (t) => {
  const { run } = await setUp(t);
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [['fault', 'svc-0', '-n', 'shop', '--latency', '300', '--ttl', '1m'], 2, /^error: --latency: expected a duration/],
    [['fault', 'svc-0', '-n', 'shop', '--reset', '2%'], 2, /^error: --ttl: needed: how long it lasts/],
    [['fault', 'svc-1', '-n', 'shop', '--refuse', '--ttl', '1m'], 3, /hint: did you mean svc\/svc-0\?/],
    [['override', 'svc-0', '-n', 'shop'], 2, /hint: svclane override svc-0=localhost:3000/],
    [['override', 'svc-0=localhost:1', '-n', 'shop', '--ttl', '25h'], 2, /^error: --ttl: expected .* from 1s to 24h/],
    [['override', `svc-0=${SERVICE}:8080`, '-n', 'shop'], 2, /leads back to svc-0/],
  ];
  await Promise.all(
    cases.map(async ([args, code, stderr]) => t.match(await run(...args), { code, stderr }, args.join(' '))),
  );
});

t.test("a Service that is named without a namespace is the one that a person's own daemon knows", async (t) => {
  const { run } = await setUp(t);
  t.match(await run('fault', 'svc/svc-0', '--latency', '30ms', '--ttl', '1m'), {
    code: 0,
    stdout: /^svc-0: latency 30ms/,
  });
  t.match(await run('get', 'faults', '--no-headers'), { stdout: /^shop +svc-0 / });
  t.match(await run('fault', '--delete', 'svc/svc-0'), { code: 0, stdout: /ended/ });
  t.match(await run('override', 'svc/nobody=localhost:1', '--ttl', '1m'), {
    code: 3,
    stderr: /in namespace "shop"/,
  });
});
