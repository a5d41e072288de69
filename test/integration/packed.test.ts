import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { moveDemo } from '../fixtures/demo-addresses.ts';
import { readAll } from '../fixtures/echo-backends.ts';
import { eventually } from '../fixtures/eventually.ts';
import { ask, serviceWithPods, startForwardRig } from '../fixtures/forward-rig.ts';
import { startHandOverRig } from '../fixtures/hand-over-rig.ts';
import { installPacked } from '../fixtures/packed-product.ts';
import { startSvclane } from '../fixtures/svclane-process.ts';

t.setTimeout(90_000);

const folder = installPacked(t);
const installed = join(folder, 'node_modules', 'svclane');
/** As npm links it. */
const main = join(folder, 'node_modules', '.bin', 'svclane');
mkdirSync(join(folder, 'node_modules', '.bin'));
symlinkSync('../svclane/dist/main.js', main);

const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));

async function outputOf(t: Test, ...args: readonly string[]): Promise<string> {
  const svclane = startSvclane(args, { main });
  t.equal(await svclane.exit, 0, `${args.join(' ')}: ${svclane.stderr}`);
  t.equal(svclane.stderr, '');
  return svclane.stdout;
}

t.test('the package has no sources, and the notices of what is built into it', async (t) => {
  t.notOk(existsSync(join(installed, 'src')));
  t.same(
    readdirSync(join(installed, 'dist'), { recursive: true }).filter((name) => String(name).endsWith('.ts')),
    [],
  );
  const notices = readFileSync(join(installed, 'dist', 'NOTICES.txt'), 'utf8');
  for (const name of ['commander', 'js-yaml', 'undici', 'ws', 'yaml']) {
    t.match(notices, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+$`, 'm'));
  }
  const text = readdirSync(join(installed, 'dist'))
    .filter((name) => name.endsWith('.js'))
    .map((name) => readFileSync(join(installed, 'dist', name), 'utf8'));
  t.notMatch(text.join(''), /node_modules\/@kubernetes/, 'client-node is not part of it');
});

t.test('what is packed says its version, its help, its completion and its commands', async (t) => {
  t.equal(await outputOf(t, '--version'), `${version}\n`);
  t.match(await outputOf(t, 'version', '-o', 'json'), new RegExp(`"${version}"`));
  t.match(await outputOf(t, 'forward', '--help'), /--ports-file <file>/);
  t.equal(
    await outputOf(t, 'completion', 'bash'),
    readFileSync(join(installed, 'config', 'completion', 'svclane.bash'), 'utf8'),
  );
  t.match(await outputOf(t, 'config', 'defaults', '--mode', 'node'), /^kind: ProxyConfiguration$/m);
  t.match(await outputOf(t, '__complete', 'expl'), /^explain/m);
});

t.test('the demo of what is packed serves, shows its page, and is explained', async (t) => {
  const [cluster] = moveDemo(join(installed, 'config'));
  const env = { XDG_RUNTIME_DIR: folder };
  const demo = startSvclane(['demo'], { main, env });
  t.teardown(() => demo.kill('SIGKILL'));
  await demo.until(/Ctrl-C/);
  const answer = await fetch(`http://${cluster}.10:8080/`, { headers: { connection: 'close' } });
  t.equal(answer.status, 200);
  const explained = startSvclane(['explain', 'svc/web', '-n', 'demo'], { main, env });
  t.equal(await explained.exit, 0, explained.stderr);
  t.match(explained.stdout, /^=> /m);
  const page = await requestBySocket(join(folder, 'svclane', 'admin.sock'), '/');
  t.match(page, /<script type="module" src="/);
  demo.kill('SIGINT');
  t.equal(await demo.exit, 0);
});

t.test('it forwards through the API server, and keeps what Node has compiled for the next start', async (t) => {
  const rig = await startForwardRig(t);
  for (const object of serviceWithPods('web', ['web-a', 'web-b'])) rig.api.set(object);
  for (const start of ['first', 'second']) {
    const forward = rig.forwardWith({ main }, 'svc/web', ':http', '--transport', 'apiserver');
    const [, port = ''] = await forward.until(/Forwarding from 127\.0\.0\.1:(\d+) -> default\/web:http/);
    t.equal(await ask(Number(port), 'hello'), 'hello', start);
    await forward.until(/Ready: 1 of 1 lane\. API unix:/);
    forward.kill('SIGINT');
    t.equal(await forward.exit, 130, start);
    t.ok(existsSync(join(rig.folder, 'svclane', 'compiled')));
  }
});

t.test('what Node has compiled is kept by a forward that is killed', async (t) => {
  const rig = await startForwardRig(t);
  for (const object of serviceWithPods('web', ['web-a'])) rig.api.set(object);
  const forward = rig.forwardWith({ main }, 'svc/web', ':http', '--transport', 'apiserver');
  const compiled = join(rig.folder, 'svclane', 'compiled');
  await forward.until(/Ready: 1 of 1 lane/);
  const kept = (): boolean => existsSync(compiled) && readdirSync(compiled, { recursive: true }).length > 20;
  t.notOk(kept());
  await eventually(kept);
  t.ok(kept());
  forward.kill('SIGKILL');
  await forward.exit;
});

t.test('it hands its sockets over to a new process, with two workers each', async (t) => {
  const settings = 'workers: 2\ndefaults: {ejection: {consecutiveFailures: 0}}\n';
  const rig = await startHandOverRig(t, { settings, main });
  t.match(await readAll(rig.connect(), 'a'), /:a$/);
  await rig.svclane.until(/"reason":"WorkerStarted"/);
  const before = rig.pid;
  await rig.handOver();
  t.not(rig.pid, before);
  t.match(await readAll(rig.connect(), 'b'), /:b$/);
  const explained = startSvclane(['explain', 'svc/web:http', '--host', `unix:${rig.folder}/admin.sock`], { main });
  t.equal(await explained.exit, 0, explained.stderr);
  process.kill(rig.pid, 'SIGTERM');
  t.equal(await rig.svclane.exit, 0, rig.svclane.stderr);
});

/** The body of what a server on a Unix socket answers. */
function requestBySocket(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ socketPath, path, headers: { host: 'localhost' } }, async (response) => {
      resolve((await response.setEncoding('utf8').toArray()).join(''));
    }).on('error', reject);
  });
}
