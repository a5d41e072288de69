import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { startManifestDaemon } from '../fixtures/manifest-daemon.ts';
import { startSvclane } from '../fixtures/svclane-process.ts';

const HEAD = 'apiVersion: svclane.dev/v1alpha1\nkind: ProxyConfiguration\n';

function fileWith(t: Test, body: string): string {
  const path = join(t.testdir(), 'config.yaml');
  writeFileSync(path, `${HEAD}${body}`);
  return path;
}

async function run(...args: readonly string[]) {
  const svclane = startSvclane(args);
  return { code: await svclane.exit, stdout: svclane.stdout, stderr: svclane.stderr };
}

t.test('config validate says that a file is valid', async (t) => {
  const path = fileWith(t, 'logging: {level: warn}\n');
  t.same(await run('config', 'validate', '--config', path), { code: 0, stdout: `${path}: valid\n`, stderr: '' });
});

t.test('config validate names every key that is wrong, with what would be right', async (t) => {
  const path = fileWith(t, 'defaults: {connect: {timeout: 2x}}\nnothing: 1\n');
  const { code, stdout, stderr } = await run('config', 'validate', '--config', path);
  t.equal(code, 1);
  t.equal(stdout, '');
  t.match(stderr, /^error: the configuration is not valid\n.*defaults\.connect\.timeout.*\n.*nothing/);
});

t.test('config defaults prints a file of the mode that is valid, each key with its meaning', async (t) => {
  const { code, stdout } = await run('config', 'defaults', '--mode', 'node');
  t.equal(code, 0);
  t.match(stdout, /^mode: node$/m);
  t.match(stdout, /# serve cluster IPs\n {2}clusterIP: true/);
  const path = join(t.testdir(), 'config.yaml');
  writeFileSync(path, stdout);
  t.equal((await run('config', 'validate', '--config', path)).code, 0);
  t.match(await run('config', 'defaults', '--mode', 'pod'), { code: 2, stderr: /modes are dev and node/ });
});

t.test('config diff shows what a reload would change in a running daemon, and how that is followed', async (t) => {
  const daemon = await startManifestDaemon(t, []);
  const running = JSON.parse((await run('config', 'diff', '--host', daemon.host, '-o', 'json')).stdout);
  const same = fileWith(t, formatted(running.items));
  t.match(await run('config', 'diff', '--host', daemon.host, '--config', same), {
    code: 0,
    stderr: 'no differences\n',
  });

  const changed = ['--config', same, '--algorithm', 'random', '--metrics-bind-address', '127.0.0.1:19999'];
  const { code, stdout } = await run('config', 'diff', '--host', daemon.host, ...changed);
  t.equal(code, 8);
  t.match(stdout.split('\n'), [
    /^KEY +RUNNING +WANTED +FOLLOWED BY$/,
    /^defaults\.algorithm +roundrobin +random +reload, in place$/,
    /^metrics\.bindAddress +\S+ +127\.0\.0\.1:19999 +reload, by a new process that takes over$/,
    /^$/,
  ]);
});

interface Change {
  readonly key: string;
  readonly running: unknown;
}

/** The running values as a file. */
function formatted(changes: readonly Change[]): string {
  const sections: Record<string, Record<string, unknown>> = {};
  const lines: string[] = [];
  for (const { key, running } of changes) {
    const [section = '', name] = key.split('.');
    if (name === undefined) lines.push(`${section}: ${JSON.stringify(running)}\n`);
    else sections[section] = { ...sections[section], [name]: running };
  }
  return [...lines, ...Object.entries(sections).map(([name, keys]) => `${name}: ${JSON.stringify(keys)}\n`)].join('');
}
